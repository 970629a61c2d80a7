"""Items of the Responses protocol, read for calls of any provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

import msgspec

from chimeric import Message, Part, ProviderState, ToolCall, normalize_messages

from .parser import ResponsesState

__all__ = ["read_dict"]

CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
RESULTS = ("function_call_output", "custom_tool_call_output")


def read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    """An item in unified form; None for a dict of another form.

    Messages of the protocol are what everybody writes, and are not read here.

    Example:
        >>> item = {"type": "function_call", "call_id": "c", "name": "now", "arguments": "{}"}
        >>> read_dict("message", item, ())[0].tool_calls[0].name
        'now'
    """
    kind_of_item = value.get("type")
    if kind != "message" or "role" in value:
        return None
    if kind_of_item in CALLS:
        return _call(dict(value))
    if kind_of_item in RESULTS:
        return _result(dict(value))
    if kind_of_item == "reasoning":
        return _thought(dict(value))
    return None


def _call(left: dict[str, Any]) -> tuple[Message] | None:
    kind = left.pop("type")
    for idle in ("id", "status"):
        left.pop(idle, None)
    call_id, name = left.pop("call_id", None), left.pop("name", None)
    arguments = left.pop(CALLS[kind], None)
    if not name:
        return None
    if not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments or {}).decode()
    told: Literal["custom", "function"] = "custom" if kind == "custom_tool_call" else "function"
    call = ToolCall(str(call_id or ""), str(name), arguments, told, left or None)
    return (Message("assistant", tool_calls=(call,)),)


def _result(left: dict[str, Any]) -> tuple[Message] | None:
    for idle in ("type", "id", "status"):
        left.pop(idle, None)
    call_id, output = left.pop("call_id", None), left.pop("output", None)
    if call_id is None or output is None:
        return None
    content: str | tuple[Part, ...]
    if isinstance(output, str):
        content = output
    else:
        (told,) = normalize_messages({"role": "user", "content": output})
        content = told.content
    return (Message("tool", content, tool_call_id=str(call_id), extra=left or None),)


def _thought(item: dict[str, Any]) -> tuple[Message]:
    """An item of reasoning: its text, and what only this protocol can read."""
    lists = [item.get(name) for name in ("summary", "content")]
    texts = [
        str(cast("Mapping[str, Any]", piece).get("text") or "")
        for pieces in lists
        for piece in (cast("list[Any]", pieces) if isinstance(pieces, (list, tuple)) else ())
        if isinstance(piece, Mapping)
    ]
    opaque = item.get("encrypted_content") or item.get("id")
    state = ProviderState(ResponsesState.api, [item]) if opaque else None
    return (Message("assistant", reasoning="\n\n".join(filter(None, texts)) or None, state=state),)
