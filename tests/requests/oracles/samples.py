"""What the cases are made of: pictures, files, tools, schemas, turns with calls."""

from __future__ import annotations

import base64
from typing import Any

from chimeric import Tool

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
PDF = base64.b64encode(b"%PDF-1.7\n").decode()
WAV = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
MARK = {"cache_control": {"type": "ephemeral"}}
LONG = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
TEXT = {"type": "text", "text": "Look"}
PICTURE_URL = {
    "type": "image_url",
    "image_url": {"url": "https://a.example/x.png", "detail": "low"},
}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
    "required": ["city"],
}
DEEP = {
    "type": "object",
    "$defs": {"Day": {"type": "object", "properties": {"at": {"type": "string"}}}},
    "properties": {
        "days": {"type": "array", "items": {"$ref": "#/$defs/Day"}},
        "kind": {"enum": ["a", "b"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
}
WEATHER = Tool(name="weather", description="Tells the weather.", parameters=SCHEMA)
STRICT = Tool(name="weather", description="Tells it.", parameters=SCHEMA, strict=True)
ASK = {"role": "user", "content": "Hi"}


def now() -> str:
    """The time."""
    return "12"


def says(*parts: Any, role: str = "user") -> list[Any]:
    return [{"role": role, "content": list(parts)}]


def called(*results: Any, text: str | None = None, more: Any = ()) -> list[Any]:
    """A turn of calls in OpenAI's form, and what they gave."""
    calls = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
        }
        for n in range(len(results))
    ]
    told = [
        {"role": "tool", "tool_call_id": f"call_{n}", "content": r} for n, r in enumerate(results)
    ]
    return [ASK, {"role": "assistant", "content": text, "tool_calls": calls}, *told, *more]


def used(*results: Any, before: Any = (), more: Any = ()) -> list[Any]:
    """The same in Anthropic's blocks."""
    uses = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": "weather", "input": {"city": "Oslo"}}
        for n in range(len(results))
    ]
    told = [
        {"type": "tool_result", "tool_use_id": f"toolu_{n}", **r} for n, r in enumerate(results)
    ]
    return [
        ASK,
        {"role": "assistant", "content": [*before, *uses]},
        {"role": "user", "content": [*told, *more]},
    ]
