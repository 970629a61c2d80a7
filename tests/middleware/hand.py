"""Drives the chunks of one response by hand, without a call: what processors ask is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chimeric import Delta, Event, Request, StreamChunk
from chimeric.plugins.middleware_chain import ChunkHook
from chimeric.stream.answer import Answer, Turn
from chimeric.stream.delivery import Delivery
from chimeric.stream.pipeline import make_pipeline
from chimeric.values.chunks import Source
from chimeric.values.hooks.wants import Want

__all__ = ["Hand"]


class Hand:
    """One response. ``perform`` answers a want, or raises; ``log`` notes chunks and wants in order.

    What a test says is parsed as it is: ``str`` is text, a ``Delta`` more.
    """

    def __init__(
        self, *processors: Any, perform: Callable[[Want], Any] = lambda want: None
    ) -> None:
        links = [
            ChunkHook.of_processor(f"P{place}", processor, at_blocks=True)
            for place, processor in enumerate(processors)
        ]
        self.answer = Answer(Request(model="m", messages=()))
        self.delivery = Delivery(links, self.answer)
        self.log: list[Any] = []
        self._said: list[Any] = []
        self._perform = perform
        self.begin()

    def begin(self, *, native_only: bool = False) -> None:
        """A response begins."""
        turn = Turn(0, "acme", "m")
        self.answer.begin(turn)
        self.pipeline = make_pipeline(
            lambda event, state: self._said[int(event.data)],
            None,
            Source(self.answer.log),
            turn,
            self.answer,
            self.delivery,
            native_only=native_only,
        )

    def events(self, *said: Any) -> list[Event]:
        self._said += said
        first = len(self._said) - len(said)
        return [Event(b"%d" % place) for place in range(first, len(self._said))]

    def hear(self, *said: Any) -> list[StreamChunk]:
        """The chunks of events that come in one read."""
        return list(self.run(self.pipeline.chunks(self.events(*said))))

    def one(self, said: Any) -> list[StreamChunk]:
        """The chunks of an event that comes alone."""
        chunk = self.pipeline.one_chunk(*self.events(said))
        if chunk is not None:
            self.log.append(chunk.delta)
            return [chunk]
        return list(self.run(self.pipeline.rest))

    def finish(self) -> list[StreamChunk]:
        return list(self.run(self.pipeline.finish()))

    def end(self) -> list[StreamChunk]:
        """The end of the answer, as an event and after it."""
        return [*self.hear(Delta(finish_reason="stop", done=True)), *self.finish()]

    def run(self, chunks: Iterable[StreamChunk]) -> Iterator[StreamChunk]:
        """Chunks, and what comes of them where a processor asks."""
        yield from self._noted(chunks)
        asked = self.delivery.asked()
        try:
            item = next(asked, None)
            while item is not None:
                if not isinstance(item, Want):
                    yield from self._noted(item)
                    item = next(asked, None)
                    continue
                self.log.append(item)
                try:
                    reply = self._perform(item)
                except Exception as error:
                    item = asked.throw(error)
                else:
                    item = asked.send(reply)
        finally:
            asked.close()

    def _noted(self, chunks: Iterable[StreamChunk]) -> Iterator[StreamChunk]:
        for chunk in chunks:
            self.log.append(chunk.delta or chunk.reasoning or chunk.finish_reason)
            yield chunk
