"""Messages as front ends send them."""

from __future__ import annotations

from typing import Any

from chimeric import ToolCall

PNG = "iVBORw0KGgo="
HI = {"type": "text", "text": "Hi"}
CALL = ToolCall("c1", "look", '{"a":1}')


def user(*parts: Any) -> dict[str, Any]:
    return {"id": "u1", "role": "user", "parts": list(parts)}


def assistant(*parts: Any) -> dict[str, Any]:
    return {"id": "a1", "role": "assistant", "parts": list(parts)}


def tool(state: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool-look", "toolCallId": "c1", "state": state, "input": {"a": 1}, **more}
