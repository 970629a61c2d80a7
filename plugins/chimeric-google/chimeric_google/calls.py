"""Function calls: mostly whole, and in pieces where Vertex AI streams their arguments."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ToolCallDelta

from .arguments import ArgumentsWriter, PartialArgument


class FunctionCall(msgspec.Struct, rename="camel"):
    """The ``functionCall`` of a part."""

    name: str | None = None
    args: dict[str, Any] | str | None = None
    id: str | None = None
    partial_args: list[PartialArgument] | None = None
    will_continue: bool | None = None

    def arguments(self) -> str:
        """The arguments as JSON text."""
        return self.args if isinstance(self.args, str) else _encode(self.args or {})


class _Call:
    """One call, and the part that a later turn sends back."""

    __slots__ = ("call", "part", "place", "writer")

    def __init__(self, place: int, call: FunctionCall, part: dict[str, Any]) -> None:
        self.place = place
        self.call = call
        self.part = part
        self.writer: ArgumentsWriter | None = None


class Calls:
    """The calls of an answer. ``kept`` is the part that the last one read begins, if it does."""

    __slots__ = ("_all", "_open", "kept")

    def __init__(self) -> None:
        self._all: list[_Call] = []
        self._open: dict[int, _Call] = {}
        self.kept: dict[str, Any] | None = None

    def read(self, candidate: int, part: dict[str, Any]) -> list[ToolCallDelta]:
        """What a part with a function call adds."""
        self.kept = None
        call = msgspec.convert(part["functionCall"], FunctionCall)
        partial = bool(call.partial_args or call.will_continue)
        if not call.name:
            return self._go_on(candidate, call)
        known = self._known(call, part)
        if known is not None:
            return self._go_on(candidate, call) if partial else self._again(known, call)
        made = _Call(len(self._all), call, part)
        self._all.append(made)
        if not partial:
            self._open.pop(candidate, None)
            self.kept = part
            return [ToolCallDelta(made.place, call.id, call.name, call.arguments(), True)]
        kept: dict[str, Any] = {"name": call.name, "args": {}}
        if call.id:
            kept["id"] = call.id
        made.writer = ArgumentsWriter()
        made.part = self.kept = {**part, "functionCall": kept}
        self._open[candidate] = made
        first = ToolCallDelta(made.place, call.id, call.name)
        return [first, *self._go_on(candidate, call)]

    def cut(self) -> list[ToolCallDelta]:
        """The answer has ended: calls whose arguments were to go on are none."""
        cut = [ToolCallDelta(call.place, cut=True) for call in self._open.values()]
        self._open = {}
        return cut

    def _go_on(self, candidate: int, call: FunctionCall) -> list[ToolCallDelta]:
        """Pieces of the arguments of the call that is open."""
        at = self._open.get(candidate)
        if at is None or at.writer is None:
            return []
        pieces = call.partial_args or ()
        deltas = [ToolCallDelta(at.place, None, None, at.writer.add(piece)) for piece in pieces]
        if not call.will_continue:
            deltas.append(ToolCallDelta(at.place, None, None, at.writer.close(), True))
            at.part["functionCall"]["args"] = msgspec.json.decode(at.writer.text())
            del self._open[candidate]
        return deltas

    def _known(self, call: FunctionCall, part: dict[str, Any]) -> _Call | None:
        """The call that is told again: by its id, or with the same signature."""
        for known in self._all:
            old = known.call
            if old.name != call.name:
                continue
            if call.id and old.id == call.id and (known.writer or _grown(old.args, call.args)):
                return known
            signature = part.get("thoughtSignature")
            if not call.id and signature and signature == known.part.get("thoughtSignature"):
                return known if old.args == call.args else None
        return None

    @staticmethod
    def _again(known: _Call, call: FunctionCall) -> list[ToolCallDelta]:
        """A whole call that is told again; it may have become more in the meantime."""
        if not call.args or call.args == known.call.args or known.writer is not None:
            return []
        known.call = call
        known.part["functionCall"] = {**known.part["functionCall"], "args": call.args}
        text = call.arguments()
        return [ToolCallDelta(known.place, arguments=text, replace=True, complete=True)]


def _grown(old: dict[str, Any] | str | None, new: dict[str, Any] | str | None) -> bool:
    """Whether arguments are others' once more, perhaps with more members."""
    if not old or not new or old == new:
        return True
    if isinstance(old, str) or isinstance(new, str):
        return False
    return all(name in new and new[name] == value for name, value in old.items())


_encoder = msgspec.json.Encoder()


def _encode(value: Any) -> str:
    return _encoder.encode(value).decode()
