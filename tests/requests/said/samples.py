"""What callers say in the kinds: pictures, files, tools, schemas, turns with calls."""

from __future__ import annotations

from typing import Any, Final

from chimeric import Message, TextPart, ToolCall

PNG: Final = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
)
JPEG: Final = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQ=="
WAV: Final = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
PDF: Final = "JVBERi0xLjQKJcOkw7zDtsOfCg=="
TEXT: Final = "cGxhaW4gdGV4dA=="
VIDEO: Final = "AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t"
MARK: Final = {"type": "ephemeral"}
CITY: Final = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL: Final = {"name": "weather", "description": "Tells it", "parameters": CITY}


def shown(part: Any) -> list[Message]:
    return [Message("user", (TextPart("Look."), part))]


def called(identity: str, result: Any = "sunny", arguments: str = '{"city":"Rome"}') -> list[Any]:
    """A call and its result."""
    call = {"id": identity, "type": "function"}
    function = {"name": "weather", "arguments": arguments}
    return [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [{**call, "function": function}]},
        {"role": "tool", "tool_call_id": identity, "content": result},
    ]


def answered(result: Message) -> list[Any]:
    call = ToolCall(id="call_1", name="weather", arguments='{"city":"Rome"}')
    return [Message("user", "Weather?"), Message("assistant", "", tool_calls=(call,)), result]


def tool(**changes: Any) -> dict[str, Any]:
    return {"tools": [{**TOOL, **changes}]}


def form(schema: dict[str, Any], **changes: Any) -> dict[str, Any]:
    named = {"name": "answer", "schema": schema, **changes}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


CLOSED: Final = {**CITY, "additionalProperties": False}
OPEN_FIELD: Final = {
    "type": "object",
    "properties": {"tags": {"type": "object", "additionalProperties": {"type": "string"}}},
    "required": ["tags"],
}
OPTIONAL: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "day": {"type": "string"}},
    "required": ["city"],
}
LOOKAROUND: Final = {
    "type": "object",
    "properties": {"city": {"type": "string", "pattern": "^(?!x)"}},
    "required": ["city"],
}
RECURSIVE: Final = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {"inner": {"type": "array", "items": {"$ref": "#/$defs/Node"}}},
            "required": ["inner"],
        }
    },
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}},
    "required": ["root"],
}
