"""Opaque fields of an answer that must go back unchanged in a later turn."""

from __future__ import annotations

from typing import Any

from .calls import listed_calls
from .lenient import items, numeral, obj, text

__all__ = ["DETAILS", "Echo", "echoed"]

CALLS = "tool_calls"

DETAILS = "reasoning_details"
"""A field that holds an answer's reasoning, text and all."""


class Echo:
    """Collects the fields that a dialect names, from every delta of a message.

    What is collected is one object: fields of the message, and under ``tool_calls`` the fields
    of each call by its place: that among the calls of the whole answer.
    """

    __slots__ = ("_call_fields", "_calls", "_count", "_fields", "_found", "_fragments", "_places")

    def __init__(self, fields: tuple[str, ...], call_fields: tuple[str, ...]) -> None:
        self._fields = fields
        self._call_fields = call_fields
        self._found: dict[str, Any] = {}
        self._fragments: dict[str, dict[tuple[Any, Any], _Fragment]] = {}
        self._calls: dict[str, dict[str, Any]] = {}
        self._places: dict[tuple[int, int | None], tuple[int, str | None]] = {}
        self._count = 0

    def add(self, message: dict[str, Any], choice: int = 0) -> None:
        """Take what a delta or a whole message of a choice holds."""
        for name in self._fields:
            value = message.get(name)
            if isinstance(value, list):
                known = self._found.setdefault(name, [])
                _extend(known, items(value), self._fragments.setdefault(name, {}))
            elif value:
                self._found[name] = value
        if not self._call_fields or not message.get(CALLS):
            return
        for call in listed_calls(message):
            place = str(self._place(choice, call))
            if told := {name: call[name] for name in self._call_fields if call.get(name)}:
                self._calls.setdefault(place, {}).update(told)

    def _place(self, choice: int, call: dict[str, Any]) -> int:
        """The place of a call: by its index, or by its id where an index is taken or missing."""
        index, identity = numeral(call.get("index")), text(call.get("id"))
        place, known = self._places.get((choice, index), (-1, None))
        other = bool(identity and known and identity != known)
        unnumbered = index is None and not identity and bool(obj(call.get("function")).get("name"))
        if place < 0 or other or unnumbered:
            place, self._count = self._count, self._count + 1
        self._places[choice, index] = (place, identity or known)
        return place

    def items(self) -> list[Any] | None:
        """The state of the message, or None when there is nothing to echo."""
        for fragments in self._fragments.values():
            for fragment in fragments.values():
                fragment.join()
        found = {name: value for name, value in self._found.items() if value}
        if self._calls:
            found[CALLS] = self._calls
        return [found] if found else None


def echoed(
    state: list[Any], message: dict[str, Any], fields: tuple[str, ...], call_fields: tuple[str, ...]
) -> bool:
    """Put collected fields back into ``message``; False when the dialect does not take them all."""
    complete = True
    for found in map(obj, state):
        for name, value in found.items():
            if name == CALLS:
                complete &= _echo_calls(obj(value), items(message.get(CALLS)), call_fields)
            elif name in fields:
                message[name] = value
            else:
                complete = False
    return complete


def _echo_calls(found: dict[str, Any], calls: list[Any], fields: tuple[str, ...]) -> bool:
    complete = True
    for place, told in found.items():
        kept = {name: value for name, value in obj(told).items() if name in fields}
        if int(place) < len(calls):
            calls[int(place)].update(kept)
        complete &= len(kept) == len(obj(told))
    return complete


class _Fragment:
    """An item of ``reasoning_details`` that grows; its texts are joined when they are asked for."""

    __slots__ = ("_texts", "item")

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item
        self._texts: dict[str, list[str]] = {}

    def add(self, fragment: dict[str, Any]) -> None:
        """Texts grow, and the last of everything else wins."""
        for name, value in fragment.items():
            before = self.item.get(name)
            if name in ("text", "summary") and isinstance(before, str) and isinstance(value, str):
                self._texts.setdefault(name, [before]).append(value)
            elif value is not None:
                self.item[name] = value
                self._texts.pop(name, None)

    def join(self) -> None:
        """Put the texts together."""
        for name, texts in self._texts.items():
            self.item[name] = "".join(texts)
            texts[:] = [self.item[name]]


def _extend(
    known: list[Any], fragments: list[Any], places: dict[tuple[Any, Any], _Fragment]
) -> None:
    """Merge fragments of ``reasoning_details`` by index and type; ``places`` has the last of each.

    Encrypted items are never fragments.
    """
    for told in map(obj, fragments):
        place = (_key(told.get("index")), _key(told.get("type")))
        before = places.get(place)
        if before is not None and place[0] is not None and "data" not in told:
            before.add(told)
        else:
            if before is not None:
                before.join()  # nothing is added to it any more
            places[place] = _Fragment(dict(told))
            known.append(places[place].item)


def _key(value: Any) -> Any:
    """A JSON value as a key: what has parts, as its text."""
    return repr(value) if isinstance(value, (dict, list)) else value
