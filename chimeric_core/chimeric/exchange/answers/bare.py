"""Chunks without the events that brought them, for callers who keep many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from chimeric.exchange.effects import Emit, Flow, Relay
from chimeric.values.chunks import StreamChunk, force_setattr

__all__ = ["bare"]


def bare(flow: Flow) -> Flow:
    """A call whose chunks lose their events as they are given out.

    Until then middleware sees them, and errors can tell what came.
    """
    relay: Relay | None = None
    try:
        effect = next(flow)
        while True:
            if type(effect) is Emit:
                effect = Emit(_without_events(effect.chunks))
            elif type(effect) is Relay and effect is not relay:
                relay = effect  # an attempt uses one all along
                relay.take = _taking(relay.take)
            try:
                reply: Any = yield effect
            except GeneratorExit:
                flow.close()
                raise
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(reply)
    except StopIteration:
        return


def _without_events(chunks: Iterable[StreamChunk]) -> Iterator[StreamChunk]:
    for chunk in chunks:
        force_setattr(chunk, "_event", None)
        yield chunk


def _taking(take: Callable[[bytes], StreamChunk | None]) -> Callable[[bytes], StreamChunk | None]:
    def taken(data: bytes) -> StreamChunk | None:
        chunk = take(data)
        if chunk is not None:
            force_setattr(chunk, "_event", None)
        return chunk

    return taken
