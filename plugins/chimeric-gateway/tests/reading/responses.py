"""Bodies of Responses as these tests write them, and what is read in them."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocols.responses import RESPONSES
from chimeric_gateway.refusal import Refusal

from chimeric import Message

__all__ = ["ADD", "CALL", "OUTPUT", "PATCH", "messages", "read", "refused"]

CALL = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"x":1}'}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "2"}
ADD = {
    "type": "function",
    "name": "add",
    "description": "Adds",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
    "strict": None,
}
PATCH = {
    "type": "custom",
    "name": "patch",
    "description": "Patches",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"},
}


def read(given: Any = "Hi", **body: Any) -> Asked:
    return RESPONSES.read({"model": "fast", "input": given, **body})


def messages(given: Any, **body: Any) -> list[Message]:
    told: list[Message] = read(given, **body).arguments["messages"]
    return told


def refused(given: Any = "Hi", **body: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        read(given, **body)
    return raised.value
