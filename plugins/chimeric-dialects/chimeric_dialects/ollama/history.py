"""The messages of Ollama's chat, read and judged as Ollama does."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from chimeric_dialects.json_values import child, is_object
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn

from .errors import cannot_unmarshal

__all__ = ["read_messages"]


_ROLES = ("system", "user", "assistant", "tool")


def read_messages(messages: list[Any]) -> list[Turn]:
    turns: list[Turn] = []
    calls: list[ToolCall] = []
    for message in messages:
        role, content = message.get("role"), message.get("content") or ""
        if role not in _ROLES:
            names = ", ".join(_ROLES)
            raise Problem("bad_request", f"invalid role: {role!r}, must be one of [{names}]")
        if not isinstance(content, str):
            raise cannot_unmarshal(content, "ChatRequest.messages.content", "string")
        for image in message.get("images") or ():
            _check_image(image)
        if role == "tool":
            name = message.get("tool_name") or (calls.pop(0).name if calls else None)
            call_id = str(message.get("tool_call_id") or "")
            turns.append(Turn("tool", results=(ToolResult(call_id, content, name),)))
            continue
        calls = [_read_call(call) for call in message.get("tool_calls") or ()]
        turns.append(Turn(role, content, tuple(calls)))
    return turns


def _check_image(image: Any) -> None:
    try:
        base64.b64decode(image, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise Problem("bad_request", "illegal base64 data at input byte 4") from None


def _read_call(call: Any) -> ToolCall:
    function = child(call, "function")
    arguments: Any = function.get("arguments") or {}
    if not is_object(arguments):
        field = "ChatRequest.messages.tool_calls.function.arguments"
        raise cannot_unmarshal(arguments, field, "api.ToolCallFunctionArguments")
    text = msgspec.json.encode(arguments).decode()
    return ToolCall(str(call.get("id") or ""), str(function.get("name")), text)
