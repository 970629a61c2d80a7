"""The tool calls of one answer: told apart, and as a later turn sends them back."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ToolCallDelta

from .events import Function, ToolCall


class _Call:
    """One call. ``ahead`` is what was told of its arguments and may come once more."""

    __slots__ = ("ahead", "id", "name", "parts", "place")

    def __init__(self, place: int, call_id: str, name: str) -> None:
        self.place = place
        self.id = call_id
        self.name = name
        self.parts: list[str] = []
        self.ahead = ""

    def fresh(self, text: str) -> str:
        """What is new in a piece of the arguments, which is kept."""
        if self.ahead:
            ahead, self.ahead = self.ahead, ""
            if ahead.startswith(text):
                self.ahead = ahead[len(text) :]
                return ""
            text = text.removeprefix(ahead)
        self.parts.append(text)
        return text

    def arguments(self) -> str:
        """A tool without arguments gets none, or the word ``null``."""
        text = "".join(self.parts)
        return "{}" if text.strip() in ("", "null") else text

    def whole(self) -> bool:
        """Whether the arguments are an object, to which nothing can be added."""
        try:
            return isinstance(msgspec.json.decode(self.arguments()), dict)
        except (ValueError, RecursionError):
            return False


class Calls:
    """Calls in their order, found by the index that the server gives them."""

    __slots__ = ("_all", "_by_index")

    def __init__(self) -> None:
        self._all: list[_Call] = []
        self._by_index: dict[int | None, _Call] = {}

    def add(self, index: int | None, call: ToolCall) -> ToolCallDelta | None:
        """Take a call, or a piece of one.

        Raises:
            msgspec.ValidationError: for a piece of a call that never began.
        """
        function = call.function or Function()
        name, text = function.name, function.arguments or ""
        at = self._by_index.get(index)
        if at is not None and not name and not at.ahead:
            at.parts.append(text)
            return ToolCallDelta(at.place, None, None, text) if text else None
        known = self._known(index, call.id, name)
        if known is None:
            if not name:
                raise msgspec.ValidationError(f"a piece of tool call {index}, which never began")
            known = _Call(len(self._all), call.id or "", name)
            self._all.append(known)
            self._by_index[index] = known
            known.parts.append(text)
            return ToolCallDelta(known.place, call.id, name, text)
        fresh = known.fresh(text) if text else ""
        return ToolCallDelta(known.place, None, None, fresh) if fresh else None

    def add_whole(self, call: ToolCall) -> ToolCallDelta | None:
        """Take a call of a whole answer; None where it is there already."""
        function = call.function or Function()
        told = (call.id, function.name, function.arguments or "")
        if call.id and any((c.id, c.name, "".join(c.parts)) == told for c in self._all):
            return None
        made = _Call(len(self._all), call.id or "", function.name or "")
        made.parts.append(told[2])
        self._all.append(made)
        return ToolCallDelta(made.place, call.id, function.name, told[2], True)

    def end(self, index: int | None) -> ToolCallDelta | None:
        """The server says that all of a call has come; half an object is not believed."""
        call = self._by_index.get(index) or (self._all[-1] if self._all else None)
        return ToolCallDelta(call.place, complete=call.whole()) if call is not None else None

    def message(self) -> list[dict[str, Any]]:
        """The calls in the form in which they are sent back."""
        return [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments()},
            }
            for call in self._all
        ]

    def _known(self, index: int | None, call_id: str | None, name: str | None) -> _Call | None:
        """The call that a piece belongs to; None where it begins a new one."""
        at = self._by_index.get(index)
        if at is None and index is None and self._all:
            at = self._all[-1]
        if not name:
            return at
        for call in self._all:
            same = call.id == call_id if call_id else call is at and not call.whole()
            if same and call.name == name:  # announced once more
                call.ahead = "".join(call.parts)
                self._by_index[index] = call
                return call
        return None
