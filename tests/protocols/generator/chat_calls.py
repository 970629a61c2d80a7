"""Tool calls of chat completions: whatever servers do with indexes, ids and arguments."""

from __future__ import annotations

from typing import Any, TypeAlias

from .answer import Block
from .draw import Draw
from .telling import Arguments, Begun, Closed, Tell

__all__ = ["CallWriter"]

Delta: TypeAlias = tuple[dict[str, Any], tuple[Tell, ...]]

SCHEMES = (
    # (index, id); what is left out here cannot be told apart by anybody.
    *(("right", "first"),) * 5,
    ("right", "every"),
    ("right", "missing"),
    ("right", "null"),
    ("right", "another with each event"),
    ("right", "the same for all"),
    ("from 1", "first"),
    ("from 1", "missing"),
    ("missing", "first"),
    ("missing", "every"),
    ("all 0", "first"),
    ("all 0", "every"),
    ("text", "first"),
    ("text", "every"),
)


class CallWriter:
    """Writes the calls of one answer."""

    def __init__(self, draw: Draw, calls: list[Block]) -> None:
        self.draw = draw
        self.calls = calls
        self.scheme = draw.one(SCHEMES)
        self.count = 0
        if calls:
            draw.features.append(f"call index: {self.scheme[0]}, id: {self.scheme[1]}")
        # Without ids a server of index 0 sends whole calls; nothing else can be told apart.
        self.form = draw.trait("arguments", ("text",) * 8 + ("objects",)) if calls else "text"

    def deltas(self) -> list[Delta]:
        """The deltas in the order of sending, with what each tells."""
        if not self.calls:
            return []
        single = [self._deltas_of(place, call) for place, call in enumerate(self.calls)]
        if len(single) > 1 and self.draw.quirk("calls in one event", 0.08):
            return self._together(single)
        certain = self.scheme[0] in ("right", "from 1") or self.scheme[1] == "every"
        if len(single) > 1 and certain and self.draw.quirk("calls interleaved", 0.3):
            return self._interleaved(single)
        return [delta for deltas in single for delta in deltas]

    def _deltas_of(self, place: int, call: Block) -> list[Delta]:
        pieces = list(call.pieces)
        if self.form == "objects" and not call.half:
            function = {"name": call.name, "arguments": call.value}
            tells = (Begun(place, call.name), Arguments(place, call.text or "{}"))
            return [(self._entry(place, call, function, first=True), tells)]
        first = pieces.pop(0) if pieces and self.draw.chance(0.4) else ""
        function = {"name": call.name, "arguments": self._none() if not call.text else first}
        begun: tuple[Tell, ...] = (Begun(place, call.name),)
        begun += (Arguments(place, first),) if first else ()
        deltas = [(self._entry(place, call, function, first=True), begun)]
        for piece in pieces:
            entry = self._entry(place, call, {"arguments": piece}, first=False)
            deltas.append((entry, (Arguments(place, piece),)))
        whole = not call.half and call.text[:1] == "{" and len(call.pieces) > 0
        if whole and self.draw.quirk("arguments told again", 0.06):
            deltas.append((self._entry(place, call, {"arguments": call.text}, first=False), ()))
        return deltas

    def _none(self) -> Any:
        """What servers send for no arguments."""
        return self.draw.one(("", "", None))

    def _entry(
        self, place: int, call: Block, function: dict[str, Any], *, first: bool
    ) -> dict[str, Any]:
        index, identity = self.scheme
        entry: dict[str, Any] = {"function": function}
        numbers: dict[str, Any] = {"right": place, "from 1": place + 1, "all 0": 0}
        if index == "text":
            entry["index"] = str(place)
        elif index != "missing":
            entry["index"] = numbers[index]
        if first:
            entry["type"] = "function"
        self.count += 1
        if identity == "every" or (identity == "first" and first):
            entry["id"] = call.id
        elif identity == "another with each event":
            entry["id"] = f"{call.id}{self.count}"
        elif identity == "the same for all" and first:
            entry["id"] = "call_0"
        elif identity == "null":
            entry["id"] = None
        return {"tool_calls": [entry]}

    def _together(self, single: list[list[Delta]]) -> list[Delta]:
        """Whole calls side by side in one event."""
        entries: list[Any] = []
        tells: list[Tell] = []
        for place, call in enumerate(self.calls):
            function = {"name": call.name, "arguments": call.text}
            entry = self._entry(place, call, function, first=True)
            entries += entry["tool_calls"]
            tells += [Begun(place, call.name), Arguments(place, call.text)]
        return [({"tool_calls": entries}, tuple(tells))]

    def _interleaved(self, single: list[list[Delta]]) -> list[Delta]:
        """All begin in order; then their fragments come in turns."""
        out = [deltas.pop(0) for deltas in single]
        while any(single):
            deltas = self.draw.one([d for d in single if d])
            out.append(deltas.pop(0))
        return out

    def listed(self) -> tuple[list[Any], list[Tell]]:
        """The calls of a whole answer."""
        entries: list[Any] = []
        tells: list[Tell] = []
        for place, call in enumerate(self.calls):
            arguments: Any = call.text
            if self.form == "objects" and not call.half:
                arguments = call.value
            function = {"name": call.name, "arguments": arguments}
            entry = {"type": "function", "function": function}
            if self.scheme[1] == "the same for all":
                entry["id"] = "call_0"
            elif self.scheme[1] != "missing":
                entry["id"] = None if self.scheme[1] == "null" else call.id
            entries.append(entry)
            tells += [Begun(place, call.name), Arguments(place, call.text or "{}"), Closed(place)]
        return entries, tells
