"""Events to chunks where something stands between: middleware, structured output, native events."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from chimeric.plugins.provider_plugin import PARSE_FAULTS
from chimeric.values.chunks import Source, StreamChunk
from chimeric.values.deltas import Delta, Event, Parsed, ToolCallDelta

from .answer import Answer
from .blocks.several import Several
from .pipeline import Chunks, ParseEvent, Pipeline
from .turn import Turn

if TYPE_CHECKING:
    from chimeric.values.hooks.wants import Want

    from .delivery import Delivery

__all__ = ["LayeredPipeline", "NativePipeline"]

Flow: TypeAlias = "Generator[StreamChunk | Want, Any, None]"


class LayeredPipeline(Pipeline):
    """A pipeline with layers between the parser and the caller.

    What its methods return stops where a processor asks: see ``Delivery.asking``.
    """

    __slots__ = ("_delivery", "_given_source", "_native_only", "_run", "_told")

    def __init__(
        self,
        parse: ParseEvent,
        state: Any,
        source: Source,
        turn: Turn,
        answer: Answer,
        delivery: Delivery | None,
        *,
        native_only: bool,
    ) -> None:
        super().__init__(parse, state, source, turn, answer)
        self._delivery = delivery
        if delivery is not None:
            delivery.begin(source, turn)
            self._layered = True
            self._run: Callable[[StreamChunk], StreamChunk | Flow | None] = delivery.run
        self._given_source: Source | None = source
        self._told = False  # whether text of the block went to middleware that changed or held it
        self._native_only = native_only

    def _passes(self, chunk: StreamChunk) -> bool:
        """Whether a chunk of text is given as it is; else what becomes of it is in ``rest``."""
        out = self._run(chunk)
        if out is chunk and not self._turn.cut:
            return True
        self.rest = self._changed(out)
        return False

    def _text_chunks(self, events: Iterable[Event]) -> Iterator[StreamChunk]:
        """The chunks of some events, and what the layers make of them."""
        parse, state, source, turn = self._parse, self._state, self._source, self._turn
        number, log, delivery = turn.number, source.log, self._delivery
        simple = not self._native_only
        queue = iter(events)
        for event in queue:
            try:
                delta = parse(event, state)
            except PARSE_FAULTS as fault:
                yield from self.chunks(self._repaired(event, fault))
                if turn.ending or self._asking() is not None:
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
            elif isinstance(delta, (Delta, ToolCallDelta)) and simple:
                yield from self._rich(delta, event)
                source = self._source  # it may have named another block
            else:
                yield from self._other_chunks(delta, event)
                source = self._source
            if turn.ending or (delivery is not None and delivery.asking is not None):
                yield from self._onward(queue)
                return

    def _asking(self) -> Delivery | None:
        delivery = self._delivery
        return None if delivery is None or delivery.asking is None else delivery

    def _onward(self, queue: Iterator[Event]) -> Iterator[StreamChunk]:
        chunks = super()._onward(queue)
        delivery = self._asking()
        if delivery is None:
            return chunks
        delivery.later(chunks)
        return iter(())

    def _changed(self, out: StreamChunk | Flow | None) -> Iterator[StreamChunk]:
        """What middleware made of a chunk."""
        delivery = self._delivery
        assert delivery is not None
        self._turn.progress = self._told = True
        if out is None:
            return iter(())
        if isinstance(out, StreamChunk):
            return iter((delivery.keep(out),))
        return delivery.emitted(out)

    def _late(self, deltas: Sequence[Delta], event: Event) -> Iterable[StreamChunk]:
        if self._native_only or not deltas:
            return self._other_chunks(list(deltas), event)
        return self._several(deltas, event)

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
            source, turn = self._source.of_block(None), self._turn
            given = time.monotonic()
            yield StreamChunk(None, turn.number, source, source.log.size, event)
            turn.held += time.monotonic() - given  # the caller's time is no time of the server's

    def _given(self, chunk: StreamChunk) -> Chunks:
        delivery = self._delivery
        assert delivery is not None
        if self._turn.cut:
            return ()
        if chunk.delta:
            self._told = True
        if chunk._source is not self._given_source:
            self._given_source = chunk._source
            delivery.block_changes()
        out = delivery.run_any(chunk)
        if out is None:
            return ()
        if not isinstance(out, StreamChunk):
            return Several(delivery.emitted(out))
        return (delivery.keep(out),)

    def _is_shown(self) -> bool:
        return self._told or super()._is_shown()

    def _switch(self, source: Source) -> None:
        super()._switch(source)
        self._told = False
        if self._delivery is not None:
            self._delivery.text_of(source)

    def finish(self) -> Iterable[StreamChunk]:
        """The end of a complete turn: held-back text, closed tool calls, the last chunk."""
        if self._delivery is None:
            return super().finish()
        return self._delivery.emitted(self._ending(self._delivery))

    def _ending(self, delivery: Delivery) -> Flow:
        yield from delivery.turn_end()
        for chunk in self._last(self._turn.finish_event):
            yield from delivery.flow(0, chunk)
            if chunk.finish_reason and not self._answer.finish_reason:
                yield chunk  # the end of a turn cannot be dropped

    def _last(self, event: Event | None) -> Iterator[StreamChunk]:
        # A caller of native events has had this one already.
        return super()._last(None if self._native_only else event)


class NativePipeline(LayeredPipeline):
    """A pipeline for a caller of native events, of which each makes one chunk and more."""

    __slots__ = ()

    def one_chunk(self, event: Event) -> StreamChunk | None:
        """None: the chunks of every event are in ``rest``."""
        self.rest = self.chunks([event])
        return None
