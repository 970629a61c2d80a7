"""The messages of Cohere v2 chat, read and judged as the service does."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric_dialects.json_values import child, is_array
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn

from .errors import bad_request

__all__ = ["read_messages"]


def read_messages(messages: Any) -> list[Turn]:
    if not is_array(messages) or not messages:
        raise bad_request("messages must be an array with at least 1 element")
    turns: list[Turn] = []
    open_calls: dict[str, str] = {}
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("system", "developer", "user", "assistant", "tool"):
            raise bad_request(
                f"messages[{index}].role must be one of system, user, assistant, tool"
            )
        if role == "tool":
            turns.append(_read_result(message, index, open_calls))
            continue
        if open_calls:
            raise bad_request(f"missing tool results for tool call ids: {', '.join(open_calls)}")
        text = _read_content(message.get("content"), index, role)
        calls = tuple(_read_call(c, index) for c in message.get("tool_calls") or ())
        if not text and not calls and role == "assistant" and not message.get("content"):
            raise bad_request(f"messages[{index}] must have content or tool_calls")
        open_calls = {call.id: call.name for call in calls}
        turns.append(Turn("system" if role == "developer" else role, text, calls))
    if open_calls:
        raise bad_request(f"missing tool results for tool call ids: {', '.join(open_calls)}")
    if not any(t.role in ("user", "tool") for t in turns):
        raise bad_request("messages must contain a user message")
    return turns


def _read_result(message: dict[str, Any], index: int, open_calls: dict[str, str]) -> Turn:
    call_id = message.get("tool_call_id")
    if call_id not in open_calls:
        raise bad_request(
            f"tool call id {call_id} at messages[{index}] not found in previous tool calls"
        )
    text = _read_content(message.get("content"), index, "tool")
    return Turn("tool", results=(ToolResult(str(call_id), text, open_calls.pop(call_id)),))


def _read_call(call: Any, index: int) -> ToolCall:
    function = child(call, "function")
    name, arguments = function.get("name"), function.get("arguments")
    if not call.get("id") or not name or not isinstance(arguments, str):
        raise bad_request(
            f"messages[{index}].tool_calls must have an id, a name and arguments as a string"
        )
    return ToolCall(str(call["id"]), str(name), arguments)


def _read_content(content: Any, index: int, role: str) -> str:
    if content is None and role == "assistant":
        return ""
    if isinstance(content, str):
        if not content and role in ("user", "system"):
            raise bad_request(f"messages[{index}].content must not be empty")
        return content
    if not is_array(content):
        raise bad_request(f"messages[{index}].content must be a string or an array")
    texts: list[str] = []
    for part in content:
        kind = part.get("type")
        if kind == "text":
            texts.append(str(part.get("text") or ""))
        elif kind == "document" and role == "tool":
            data = child(part, "document").get("data")
            texts.append(data if isinstance(data, str) else msgspec.json.encode(data).decode())
        elif kind == "image_url" and role == "user":
            if not child(part, "image_url").get("url"):
                raise bad_request(f"messages[{index}].content image_url.url is required")
        elif kind != "thinking" or role != "assistant":
            raise bad_request(f"messages[{index}].content has a part of unknown type '{kind}'")
    return "".join(texts)
