"""Events to chunks: the parser, the accumulator and the middleware, compiled for one response.

This is the path of every event, so it is a closure over what it needs, calls the plugins'
functions directly, and leaves early for the common event, which is nothing but text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from chimeric.errors import ProtocolError
from chimeric.plugins.provider_plugin import PARSE_FAULTS
from chimeric.values.chunks import Source, StreamChunk, ToolCallChunk
from chimeric.values.deltas import Delta, Event, Parsed

from .answer import Answer, Turn

if TYPE_CHECKING:
    from chimeric.values.hooks.wants import Want

    from .delivery import Delivery

__all__ = ["ParseEvent", "Pipeline"]

ParseEvent: TypeAlias = Callable[[Event, Any], Delta | str | None]
"""Almost always; what ``Parsed`` allows besides is found out when it is none of these."""


class Several:
    """Chunks that are made as they are asked for: none, one or more."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: Iterator[StreamChunk]) -> None:
        self._chunks = chunks

    def __len__(self) -> int:
        return 2  # it is not known to be one

    def __iter__(self) -> Iterator[StreamChunk]:
        return self._chunks

    if TYPE_CHECKING:  # no one is asked for where it is not known to be the only one

        def __getitem__(self, place: int) -> StreamChunk: ...


Flow: TypeAlias = "Generator[StreamChunk | Want, Any, None]"
Chunks: TypeAlias = tuple[StreamChunk, ...] | Several


class Pipeline:
    """Turns the events of one response into delivered chunks.

    ``chunks`` takes the events of a read, ``one_chunk`` one event, ``whole`` a whole answer's
    delta; ``finish`` makes the turn's last chunk. What they return stops where a processor asks:
    see ``Delivery.asking``, which is None without middleware.
    """

    __slots__ = (
        "_answer",
        "_delivery",
        "_native_only",
        "_parse",
        "_plain",
        "_source",
        "_state",
        "_turn",
        "rest",
    )

    def __init__(
        self,
        parse: ParseEvent,
        state: Any,
        source: Source,
        turn: Turn,
        answer: Answer,
        delivery: Delivery | None,
        *,
        native_only: bool = False,
    ) -> None:
        self._parse = parse
        self._state = state
        self._source = source
        self._turn = turn
        self._answer = answer
        self._delivery = delivery
        if delivery is not None:
            delivery.begin(source, turn)
        self._native_only = native_only
        self._plain = delivery is None and source.partial is None and not native_only
        self.rest: Iterable[StreamChunk] = ()

    def chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, made as they are asked for."""
        log = self._source.log
        if len(log.parts) > log.limit:
            log.join()
        if self._turn.ending:
            return self._late_chunks(events)
        return self._text_chunks(events) if self._plain else self._all_chunks(events)

    def one_chunk(self, event: Event) -> StreamChunk | None:
        """The chunk of an event that makes exactly one, and does not end the turn.

        Of any other event it returns None; its chunks are in ``rest``.
        """
        try:
            delta = self._parse(event, self._state)
        except PARSE_FAULTS as fault:
            self.rest = self.chunks(self._repaired(event, fault))
            return None
        if self._native_only or not delta:
            self.rest = self._other_chunks(delta, event)
            return None
        if not isinstance(delta, str):
            self.rest = chunks = self._rich(delta, event)
            if len(chunks) != 1 or self._turn.ending:
                return None
            self._turn.progress = False  # the chunk itself shows it
            return chunks[0]
        source = self._source
        log = source.log
        size = log.size
        chunk = StreamChunk(delta, self._turn.number, source, size, event)
        if self._delivery and (out := self._delivery.run(chunk)) is not chunk:
            self.rest = self._changed(out)
            return None
        parts = log.parts
        log.size = size + len(delta)
        parts.append(delta)
        if len(parts) > log.limit:
            log.join()
        return chunk

    def _text_chunks(self, events: list[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, where nothing stands between parser and caller."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log = turn.number, source.log
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(self._repaired(event, fault))
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return
                continue
            if isinstance(delta, str):
                if delta:
                    size = log.size
                    chunk = StreamChunk(delta, number, source, size, event)
                    log.size = size + len(delta)  # as in log.append, which takes longer
                    log.parts.append(delta)
                    yield chunk
            elif delta is not None:
                for chunk in self._rich(delta, event):
                    yield chunk
                if turn.ending:
                    yield from self._late_chunks(queue)
                    return

    def _all_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, with middleware, structured output or native events."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log, delivery = turn.number, source.log, self._delivery
        simple = not self._native_only
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(self._repaired(event, fault))
                if turn.ending or self._asks():
                    yield from self._onward(queue)
                    return
                continue
            if isinstance(delta, str) and delta and simple:
                size = log.size
                chunk = StreamChunk(delta, number, source, size, event)
                out = chunk if delivery is None else delivery.run(chunk)
                if out is chunk:
                    log.size = size + len(delta)
                    log.parts.append(delta)
                    yield chunk
                else:
                    yield from self._changed(out)
            elif isinstance(delta, Delta) and simple:
                yield from self._rich(delta, event)
            else:
                yield from self._other_chunks(delta, event)
            if turn.ending or (delivery is not None and delivery.asking is not None):
                yield from self._onward(queue)
                return

    def _asks(self) -> bool:
        """Whether a processor asks, so that nothing may come before it goes on."""
        return self._delivery is not None and self._delivery.asking is not None

    def _onward(self, queue: Iterator[Event]) -> Iterator[StreamChunk]:
        """The chunks of the events that are left: now, or after what a processor asks for."""
        if not self._turn.ending:
            chunks = self._all_chunks(queue)
        else:
            chunks = self._late_chunks(queue)
        if self._delivery is None or self._delivery.asking is None:
            return chunks
        self._delivery.later(chunks)
        return iter(())

    def _late_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of events that come after a finish reason: usage, mostly."""
        turn = self._turn
        queue = iter(events)
        for event in queue:
            if turn.done:
                return
            try:
                delta = self._parse(event, self._state)
            except PARSE_FAULTS as fault:
                yield from self._late_chunks(self._repaired(event, fault))
                if self._asks():
                    yield from self._onward(queue)
                    return
                continue
            deltas = self._deltas(delta)
            turn.resumed = turn.resumed or any(map(self._goes_on, deltas))
            in_question = any(d.tool_calls for d in deltas) and not turn.resumed
            size = turn.call_size() if in_question else 0
            if self._native_only or not deltas:
                yield from self._other_chunks(delta, event)
            else:
                yield from self._several(deltas, event)
            if in_question and turn.call_size() != size:
                # Arguments told once more would leave it as it was.
                turn.resumed = all(d.finish_reason is None for d in deltas)
            if self._asks():
                yield from self._onward(queue)
                return

    def _goes_on(self, delta: Delta) -> bool:
        """Whether the answer goes on although a finish reason was told.

        Some servers tell a reason first (Gemini behind gateways, in empty frames) or with the
        reasoning; theirs is not the end. A last piece of text that comes late is (vLLM).
        """
        if delta.reasoning or delta.refusal:
            return True
        return bool(delta.text) and not self._answer.has_text()

    def _changed(self, out: StreamChunk | Flow | None) -> Iterator[StreamChunk]:
        """What middleware made of a chunk."""
        delivery = self._delivery
        assert delivery is not None
        self._turn.progress = True
        if out is None:
            return iter(())
        if isinstance(out, StreamChunk):
            return iter((delivery.keep(out),))
        return delivery.emitted(out)

    def _other_chunks(self, delta: Parsed, event: Event) -> Iterable[StreamChunk]:
        """The chunks of an event that adds nothing, or of any for a caller of native events."""
        if delta:
            made = self._several(self._deltas(delta), event)
            if not self._native_only:
                yield from made
            else:
                for _ in made:
                    pass  # it joins the answer; a caller of native events has the event itself
                if self._delivery is not None and self._delivery.asking is not None:
                    self._delivery.asking.silent = True
        elif delta is not None:
            self._deltas(delta)  # it may be nothing, and no delta
        if self._native_only:
            source, turn = self._source, self._turn
            given = time.monotonic()
            yield StreamChunk(None, turn.number, source, source.log.size, event)
            turn.held += time.monotonic() - given  # the caller's time is no time of the server's

    def last_chunks(self, event: Event) -> Iterator[StreamChunk]:
        """The chunks of an event that the end of the body cut; none if it cannot be read."""
        try:
            yield from self.chunks([event])
        except ProtocolError:
            return

    def whole(self, delta: Parsed, body: bytes) -> Iterable[StreamChunk]:
        """The chunks of a whole answer."""
        return self._several(self._deltas(delta, "chimeric_parse_response"), Event(body))

    def _deltas(self, told: Parsed, hook: str = "chimeric_parse_event") -> Sequence[Delta]:
        """What a parser told of an event, as deltas."""
        if isinstance(told, Delta):
            return (told,)
        from .several import deltas_of  # few parsers tell more than one

        return deltas_of(told, self._source.plugin, hook)

    def _several(self, deltas: Sequence[Delta], event: Event | None) -> Chunks:
        """The chunks of several deltas of one event: the first of them has its bytes."""
        if len(deltas) == 1:
            return self._rich(deltas[0], event)
        return Several(self._in_turn(iter(deltas), event, first=True))

    def _in_turn(
        self, deltas: Iterator[Delta], event: Event | None, *, first: bool = False
    ) -> Iterator[StreamChunk]:
        for delta in deltas:
            for chunk in self._rich(delta, event):
                yield chunk if first else msgspec.structs.replace(chunk, _event=None)
                first = False
            if self._delivery is not None and self._delivery.asking is not None:
                self._delivery.later(self._in_turn(deltas, event, first=first))
                return

    def answered(self, delta: Delta | str) -> Iterable[StreamChunk]:
        """The chunks of what no event brought, but a plugin that answers."""
        return self._rich(Delta(text=delta) if isinstance(delta, str) else delta, None)

    def _rich(self, delta: Delta, event: Event | None) -> Chunks:
        """The chunks of a delta that is more than text."""
        turn = self._turn
        try:
            turn.apply(delta, event)
        except AttributeError:  # asked afterwards: almost all are single deltas
            if isinstance(delta, Delta):
                raise
            return self._several(self._deltas(delta), event)
        text, reasoning, refusal = delta.text, delta.reasoning, delta.refusal
        calls: tuple[ToolCallChunk, ...] = ()
        if delta.tool_calls:
            calls = tuple(chunk for part in delta.tool_calls for chunk in turn.add_call(part))
        if refusal:
            turn.refused = True
        if not (text or reasoning or refusal or calls):
            return ()
        turn.progress = True
        source = self._source
        log = source.log
        chunk = StreamChunk(
            text or None,
            turn.number,
            source,
            log.size,
            event,
            reasoning or None,
            refusal or None,
            None,
            calls,
        )
        if self._delivery is not None:
            out = self._delivery.run_any(chunk)
            if out is None:
                return ()
            if not isinstance(out, StreamChunk):
                return Several(self._delivery.emitted(out))
            return (self._delivery.keep(out),)
        if text:
            log.append(text)
        if calls or reasoning or refusal:
            self._answer.delivered(chunk)
        return (chunk,)

    def finish(self) -> Iterable[StreamChunk]:
        """The end of a complete turn: held-back text, closed tool calls, the last chunk."""
        if self._delivery is not None:
            return self._delivery.emitted(self._ending(self._delivery))
        chunks = list(self._last())
        for chunk in chunks:
            self._answer.delivered(chunk)
        return chunks

    def _ending(self, delivery: Delivery) -> Flow:
        yield from delivery.turn_end()
        for chunk in self._last():
            yield from delivery.flow(0, chunk)
            if chunk.finish_reason and not self._answer.finish_reason:
                yield chunk  # the end of a turn cannot be dropped

    def _last(self) -> Iterator[StreamChunk]:
        """The last chunks of a turn, as the provider told them."""
        turn, source = self._turn, self._source
        # A caller of native events has had this one already.
        event = None if self._native_only else turn.finish_event
        closed = turn.close_calls()
        blank = StreamChunk(None, turn.number, source, source.log.size, event)
        if closed:
            yield blank.replace(tool_calls=tuple(closed))
        yield blank.replace(
            finish_reason=turn.reason(),
            usage=turn.usage,
            metadata=turn.metadata(),
            _before=source.log.size,
        )

    def _repaired(self, event: Event, fault: Exception) -> list[Event]:
        """What to read instead of an event that the parser refused; few streams need it."""
        from .repair import repaired

        return repaired(event, fault, self._source.plugin)
