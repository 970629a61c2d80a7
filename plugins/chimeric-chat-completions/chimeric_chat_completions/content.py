"""What a message or a delta holds: text or parts, reasoning, tool calls."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from chimeric import ToolCallDelta

from .lenient import integer, items, obj, text

__all__ = ["Content", "read_content", "read_tool_calls", "reasoning_text"]


class Content(NamedTuple):
    """``content`` taken apart."""

    text: str = ""
    reasoning: str = ""
    citations: tuple[Any, ...] = ()


NOTHING = Content()


def read_content(value: Any) -> Content:
    """Read ``content``: text, null, or a list of parts as some servers send it.

    Raises:
        msgspec.ValidationError: for anything else; it must not come out as text.
    """
    if isinstance(value, str):
        return Content(value) if value else NOTHING
    if value is None:
        return NOTHING
    if not isinstance(value, list):
        raise msgspec.ValidationError(f"content is {type(value).__name__}, neither text nor a list")
    said: list[str] = []
    thought: list[str] = []
    cited: list[Any] = []
    for part in items(value):
        if isinstance(part, str):
            said.append(part)
            continue
        fields = obj(part)
        match fields.get("type"):
            case "text" | "output_text":
                said.append(_joined(fields.get("text")))
            case "thinking" | "reasoning":
                thought.append(_joined(fields.get("thinking") or fields.get("text")))
            case "reference":
                cited.append(fields)
            case _:
                pass
    return Content("".join(said), "".join(thought), tuple(cited))


def _joined(value: Any) -> str:
    """Text, or the texts of a list of text parts."""
    if isinstance(value, str):
        return value
    return "".join(text(obj(part).get("text")) or "" for part in items(value))


def reasoning_text(message: dict[str, Any]) -> str:
    """Reasoning under any of its names; servers that send two of them send the same text twice."""
    for name in ("reasoning", "reasoning_content"):
        if found := _joined(message.get(name)):
            return found
    details = map(obj, items(message.get("reasoning_details")))
    return "".join(text(d.get("text")) or text(d.get("summary")) or "" for d in details)


def read_tool_calls(message: dict[str, Any], whole: bool) -> tuple[ToolCallDelta, ...]:
    """What a message adds to tool calls; ``whole`` for the finished calls of a body."""
    calls = items(message.get("tool_calls"))
    legacy = obj(message.get("function_call"))
    if not calls and (legacy.get("name") or legacy.get("arguments")):
        calls = [{"index": 0, "function": legacy}]
    if not calls:
        return ()
    return tuple(
        _tool_call(obj(call), place if whole else None) for place, call in enumerate(calls)
    )


def _tool_call(call: dict[str, Any], place: int | None) -> ToolCallDelta:
    body, custom = obj(call.get("function")), obj(call.get("custom"))
    is_custom = call.get("type") == "custom" or bool(custom.get("name"))
    value: Any = custom.get("input") if is_custom else body.get("arguments")
    is_text = value is None or isinstance(value, str)
    return ToolCallDelta(
        index=integer(call.get("index")) if place is None else place,
        id=text(call.get("id")),
        name=text((custom if is_custom else body).get("name")),
        arguments=(value or "") if is_text else msgspec.json.encode(value).decode(),
        complete=place is not None,
        replace=not is_text,
        kind="custom" if is_custom else "function",
    )
