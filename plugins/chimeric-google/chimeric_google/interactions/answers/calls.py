"""Function calls of an interaction."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric import ToolCallDelta
from chimeric_google.blocks.values import text

__all__ = ["Calls"]


class Calls:
    """The calls of one answer. Their steps hold the arguments as text until they are whole.

    Attributes:
        made: whether there is one.
    """

    __slots__ = ("_open", "made")

    def __init__(self) -> None:
        self.made = False
        self._open: set[int] = set()

    def begin(self, index: int, step: dict[str, Any]) -> list[ToolCallDelta]:
        """A call begins. Its arguments are an object here, and text in the deltas."""
        told = _encoded(step.get("arguments"))
        step["arguments"] = told
        name = text(step.get("name"))
        if name is None:
            return []  # older streams tell it in the delta
        self.made = True
        self._open.add(index)
        return [ToolCallDelta(index, text(step.get("id")), name, told)]

    def grow(self, index: int, step: dict[str, Any], delta: dict[str, Any]) -> list[ToolCallDelta]:
        """More of the arguments; in older streams all of the call."""
        if delta.get("type") == "function_call":
            step.update({k: v for k, v in delta.items() if v not in (None, "")})
            if index not in self._open:
                return self.begin(index, step)
            step["arguments"] = told = _encoded(delta.get("arguments"))
            return [ToolCallDelta(index, arguments=told, replace=True)]
        piece = text(delta.get("arguments")) or ""
        step["arguments"] = (step.get("arguments") or "") + piece
        return [ToolCallDelta(index, arguments=piece)] if index in self._open else []

    def stop(self, index: int, step: dict[str, Any]) -> list[ToolCallDelta]:
        """The step is over: the call is whole."""
        if index not in self._open:
            return []
        self._open.discard(index)
        missing = "" if step.get("arguments") else "{}"
        step["arguments"] = _decoded(step.get("arguments") or missing)
        return [ToolCallDelta(index, arguments=missing, complete=True)]

    def cut(self, steps: dict[int, dict[str, Any]]) -> list[ToolCallDelta]:
        """The answer has ended: calls that never stopped are none, and are not sent back."""
        calls = {i: step for i, step in steps.items() if step.get("type") == "function_call"}
        gone = [index for index in calls if index in self._open]
        nameless = [index for index, step in calls.items() if not step.get("name")]
        for index in {*gone, *nameless}:
            del steps[index]
        self._open.clear()
        return [ToolCallDelta(index, cut=True) for index in gone]


def _encoded(arguments: Any) -> str:
    """Arguments as JSON text; nothing for those that are to come."""
    if isinstance(arguments, str):
        return arguments
    return msgspec.json.encode(arguments).decode() if arguments else ""


def _decoded(arguments: str) -> dict[str, Any]:
    """The object that a later turn sends back; broken text is none, and goes as it is."""
    try:
        value = msgspec.json.decode(arguments)
    except (ValueError, RecursionError):
        return {"input": arguments}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {"input": value}
