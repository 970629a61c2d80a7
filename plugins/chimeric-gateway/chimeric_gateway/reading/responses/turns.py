"""A turn of the assistant's, gathered from the items that it was told in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from chimeric import Message, ProviderState, ToolCall
from chimeric_gateway.shapes import is_array, is_object

from .thoughts import unpacked

__all__ = ["Turn"]

KNOWN: Final[Mapping[str, frozenset[str]]] = {
    "message": frozenset(("type", "role", "content", "id", "status")),
    "function_call": frozenset(("type", "call_id", "name", "arguments", "id", "status")),
    "custom_tool_call": frozenset(("type", "call_id", "name", "input", "id", "status")),
}
"""Keys of items that unified form knows, or that say nothing to a model."""


class Turn:
    """Texts, reasoning and calls that follow each other.

    Attributes:
        results: what came of its calls.
    """

    def __init__(self) -> None:
        self.results: list[Message] = []
        self._said: list[tuple[str, str, str | None]] = []
        self._calls: list[ToolCall] = []
        self._reasoning: list[str] = []
        self._items: list[dict[str, Any]] = []
        self._state: ProviderState | None = None
        self._told_more = False

    def say(self, text: str, refusal: str, phase: str | None, item: dict[str, Any]) -> None:
        """A message."""
        self._said.append((text, refusal, phase))
        self._keep({"type": "message", **item}, "message")

    def call(self, call: ToolCall, item: dict[str, Any]) -> None:
        """A call of one of the client's tools."""
        self._calls.append(call)
        self._keep(item, str(item["type"]))

    def think(self, item: Mapping[str, Any], kept: dict[str, Any] | None) -> None:
        """Reasoning: ``kept`` is what its maker reads, None where that is not the upstream."""
        state = unpacked(item.get("encrypted_content"))
        if state is not None:
            self._state = state
            return
        for name in ("summary", "content"):
            listed = item.get(name)
            for piece in listed if is_array(listed) else ():
                if is_object(piece) and isinstance(piece.get("text"), str):
                    self._reasoning.append(piece["text"])
        if kept is not None:
            self.own(kept)

    def own(self, item: dict[str, Any]) -> None:
        """An item that only the provider knows."""
        self._told_more = True
        self._items.append(item)

    def _keep(self, item: dict[str, Any], kind: str) -> None:
        self._items.append(item)
        self._told_more = self._told_more or not item.keys() <= KNOWN[kind]

    def messages(self, same: str) -> list[Message]:
        """The turn and its results; ``same`` names whose own items are told as they came."""
        reasoning = "\n\n".join(filter(None, self._reasoning)) or None
        state = self._state
        if state is None and same and self._told_more:
            state = ProviderState(same, self._items)
        said = [entry for entry in self._said if entry[0] or entry[1]]
        if state is None and not self._calls and len(said) > 1:
            first, *rest = (_message(*entry) for entry in said)
            told = [msgspec.structs.replace(first, reasoning=reasoning), *rest]
        else:
            phases = {phase for _, _, phase in said}
            phase = phases.pop() if len(phases) == 1 else None
            whole = _message("".join(s[0] for s in said), "".join(s[1] for s in said), phase)
            told = [
                msgspec.structs.replace(
                    whole, tool_calls=tuple(self._calls), reasoning=reasoning, state=state
                )
            ]
        empty = not (said or self._calls or state)
        return [*([] if empty else told), *self.results]


def _message(text: str, refusal: str, phase: str | None) -> Message:
    extra = {"phase": phase} if phase else None
    return Message("assistant", text, refusal=refusal or None, extra=extra)
