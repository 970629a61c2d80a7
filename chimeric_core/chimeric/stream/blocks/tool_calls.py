"""Tool calls as they stream in: kept apart, accumulated and closed, for every way of sending."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from chimeric.errors import ProtocolError
from chimeric.values.chunks import Source, ToolCallChunk
from chimeric.values.deltas import FinishReason, ToolCallDelta
from chimeric.values.messages import ToolCall, ToolCallKind
from chimeric.values.tools.arguments import ArgumentsLog

__all__ = ["ToolStream"]

NO_ID = ("", "null", None)
"""What servers send for a call without an id."""

GOOD: tuple[FinishReason, ...] = ("stop", "tool_calls")
"""After these a call that is still open is whole: many protocols end a call with the turn only."""

MOST_CALLS = 4096
"""Tool calls of one response; nobody asks for so many, but a broken server may."""


class _Call(msgspec.Struct, eq=False):
    """One call that is being received."""

    place: int
    kind: ToolCallKind
    id: str = ""
    name: str = ""
    held: str = ""
    log: ArgumentsLog = msgspec.field(default_factory=ArgumentsLog)
    announced: bool = False
    closed: bool = False
    cut: bool = False
    complete: bool = False

    def chunk(self, status: Any, delta: str) -> ToolCallChunk:
        return ToolCallChunk(
            self.place, self.id, self.name, delta, status, self.log, self.log.size, self.kind
        )

    def ready(self, finish_reason: FinishReason | None) -> bool:
        """Whether the call may be made after a turn that ended so; None: no reason was told.

        Some servers never tell a reason (Snowflake's Claude, NIM's GLM): there it takes the
        protocol's word, or arguments to which nothing can be added.
        """
        if not self.announced or self.cut:
            return False
        if finish_reason is None:
            return self.closed or (self.kind != "custom" and self.log.whole())
        return finish_reason in GOOD or (finish_reason == "pause" and self.closed)

    def tell(self, fragment: str) -> str:
        """What may be told of a fragment: not yet what may become ``null``.

        Some servers send that, or blanks, for no arguments; ``{}`` is told instead at the end.
        """
        text = self.held + fragment
        self.held = text if "null".startswith(text.strip()) else ""
        return "" if self.held else text


class ToolStream(msgspec.Struct, eq=False):
    """The tool calls of one turn; ``source`` is of the chunks of the call that goes on."""

    _calls: list[_Call] = []
    _by_index: dict[int | None, _Call] = {}
    _index: int | None = None
    _going: _Call | None = None
    source: Source | None = None

    def __bool__(self) -> bool:
        return bool(self._calls)

    def add(self, delta: ToolCallDelta) -> ToolCallChunk | None:
        """Take what an event adds to a call; return what there is to tell of it."""
        call = self._find(delta)
        if not call.id and delta.id not in NO_ID:
            call.id = str(delta.id)
        if not call.name and delta.name:
            call.name = delta.name
        fragment = self._fragment(call, delta)
        if fragment and not call.log.size and call.kind != "custom":
            fragment = call.tell(fragment)
        if fragment:
            call.log.append(fragment)
        told: ToolCallChunk | None = None
        if call.name and not call.announced:
            call.announced = True
            call.id = call.id or f"call_{uuid.uuid4().hex[:24]}"
            told = call.chunk("started", call.log.text())
        elif fragment and call.announced:
            told = call.chunk("arguments_streaming", fragment)
        call.closed = call.closed or delta.complete
        call.cut = call.cut or delta.cut
        latest = delta.index is not None or call is self._calls[-1]
        self._going = call if call.announced and latest else None
        self._index, self.source = delta.index, None
        return told

    def goes_on(self, delta: ToolCallDelta) -> ToolCallChunk | None:
        """Take a fragment of the call that the last event was about, as nearly every delta is."""
        call, text = self._going, delta.arguments
        if call is None or delta.index != self._index or not text or delta.id or delta.name:
            return None
        size = call.log.size
        if not size or len(text) == size or delta.complete or delta.replace or delta.cut:
            return None  # it may be nothing, or all of the arguments once more
        call.log.append(text)
        return call.chunk("arguments_streaming", text)

    def close(self, finish_reason: FinishReason | None) -> list[ToolCallChunk]:
        """The turn has ended: complete its calls, unless it is not known to have ended well."""
        return [self._complete(call) for call in self._calls if call.ready(finish_reason)]

    def size(self) -> int:
        """The calls that were begun, and the characters of their arguments, as one number."""
        return sum(1 + call.log.size for call in self._calls)

    def disowned(self) -> bool:
        """Whether some call of the ended turn did not become completed."""
        return not all(call.complete for call in self._calls)

    def calls(self) -> tuple[ToolCall, ...]:
        """The finished calls."""
        complete = (call for call in self._calls if call.complete)
        return tuple(ToolCall(c.id, c.name, c.log.text(), c.kind) for c in complete)

    def _find(self, delta: ToolCallDelta) -> _Call:
        named = delta.id not in NO_ID
        if delta.index is not None:
            call = self._by_index.get(delta.index)
            if call is not None and not self._begins_new(call, delta, named):
                return call
            # Calls that are all at one index are told apart by their ids.
            call = (self._known(delta) if call is not None else None) or self._open(delta)
            self._by_index[delta.index] = call
            return call
        if (call := self._known(delta)) is not None:
            return call
        last = self._calls[-1] if self._calls else None
        if last is None or (named and (last.id or last.closed)):
            return self._open(delta)
        if named or not delta.name:
            return last
        new = last.closed or last.name != delta.name or last.log.whole()
        return self._open(delta) if new else last

    def _known(self, delta: ToolCallDelta) -> _Call | None:
        """The call that has the id of a delta."""
        same = (call for call in reversed(self._calls) if call.id == delta.id)
        return next(same, None) if delta.id not in NO_ID else None

    def _begins_new(self, call: _Call, delta: ToolCallDelta, named: bool) -> bool:
        """Whether a delta at a taken index belongs to another call after all."""
        if named and call.id:
            # Some servers make up another id for each event of a call: such a one has no name.
            other = bool(delta.name) or call.log.whole() or self._known(delta) is not None
            return delta.id != call.id and other
        if not delta.name or delta.replace or named or not delta.arguments:
            return False
        # A server without ids that gives every whole call index 0.
        other = delta.name != call.name or delta.arguments != call.log.text()
        return call.log.whole() and other

    def _open(self, delta: ToolCallDelta) -> _Call:
        if len(self._calls) == MOST_CALLS:
            told = f"more than {MOST_CALLS} tool calls in one response"
            raise ProtocolError(told, limit="tool_calls")
        call = _Call(len(self._calls), delta.kind)
        self._calls.append(call)
        return call

    @staticmethod
    def _fragment(call: _Call, delta: ToolCallDelta) -> str:
        """What is new in the arguments of a delta."""
        text, log = delta.arguments, call.log
        if delta.replace:
            call.held = ""
            known = log.text()
            if not text or text.startswith(known):
                return text[len(known) :]
            call.log = ArgumentsLog()
            return text
        if text[:1] == "{" and len(text) == log.size and text == log.text() and log.whole():
            return ""  # some servers repeat the whole arguments at the end
        return text

    @staticmethod
    def _complete(call: _Call) -> ToolCallChunk:
        call.complete = True
        added = ""
        if call.kind != "custom" and not call.log.size:
            added = "{}" if call.held.strip() in ("", "null") else call.held
            call.log.append(added)
        return call.chunk("completed", added)
