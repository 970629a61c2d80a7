"""Tool calls of a message or a delta."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ToolCallDelta

from .lenient import items, numeral, obj, text

__all__ = ["listed_calls", "read_call"]


def listed_calls(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a message as they were sent, the old ``function_call`` too.

    Old versions of text-generation-inference send one object instead of a list
    (huggingface/text-generation-inference#2794).
    """
    told: Any = message.get("tool_calls")
    if not told and "function_call" not in message:
        return []
    calls = [call for call in map(obj, [told] if isinstance(told, dict) else items(told)) if call]
    legacy = obj(message.get("function_call"))
    if not calls and (legacy.get("name") or legacy.get("arguments")):
        return [{"index": 0, "function": legacy}]
    return calls


def read_call(call: dict[str, Any]) -> ToolCallDelta:
    """What one call adds; arguments that are an object are all of them."""
    body, custom = obj(call.get("function")), obj(call.get("custom"))
    is_custom = call.get("type") == "custom" or bool(custom.get("name"))
    value: Any = custom.get("input") if is_custom else body.get("arguments")
    is_text = value is None or isinstance(value, str)
    return ToolCallDelta(
        index=numeral(call.get("index")),
        id=text(call.get("id")),
        name=text((custom if is_custom else body).get("name")),
        arguments=(value or "") if is_text else msgspec.json.encode(value).decode(),
        replace=not is_text,
        kind="custom" if is_custom else "function",
    )
