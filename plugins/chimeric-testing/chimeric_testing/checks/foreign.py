"""Parts in forms of somebody's own, and the calls that say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric import FilePart, Message, NativePart, TextPart, ToolCall

from .conversations import ASK, WEATHER

__all__ = ["CALL", "alone", "natives", "texts", "thoughts", "user"]

CALL: Final = ToolCall("c1", "weather", "{}")


def user(*parts: Any) -> list[Message]:
    return [Message("user", parts)]


def texts(*kinds: str) -> dict[str, Mapping[str, Any]]:
    """A file of text of each media type."""
    file = {kind: FilePart(data="e30=", media_type=kind, filename="a") for kind in kinds}
    return {f"a file of {kind}": {"messages": user(one)} for kind, one in file.items()}


def natives(*values: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A part in a form of somebody's own, said by the user, as an answer and as a result."""
    return {
        f"a part of {next(iter(value))}, {value[next(iter(value))]!r:.40}": {
            "messages": [
                Message("user", (TextPart("Hi"), NativePart(value))),
                Message("assistant", (TextPart("Fine"), NativePart(value)), (CALL,)),
                Message("tool", (TextPart("4"), NativePart(value)), tool_call_id="c1"),
            ],
            "tools": [WEATHER],
        }
        for value in values
    }


def alone(*values: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A result, and a question, of nothing but such a part."""
    return {
        f"nothing but a part of {value['type']}": {
            "messages": [
                Message("user", (NativePart(value),)),
                Message("assistant", "", (CALL,)),
                Message("tool", (NativePart(value),), tool_call_id="c1"),
            ],
            "tools": [WEATHER],
        }
        for value in values
    }


def thoughts(*values: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    """A turn that begins with such a part and calls a tool; its result is thought about."""
    return {
        f"effort after {next(iter(value))}, {value[next(iter(value))]!r:.40}": {
            "messages": [
                ASK,
                Message("assistant", (NativePart(value), TextPart("Fine")), (CALL,)),
                Message("tool", "4", tool_call_id="c1"),
            ],
            "tools": [WEATHER],
            "reasoning_effort": "high",
        }
        for value in values
    }
