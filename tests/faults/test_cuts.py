"""However the reads are cut, a caller is given the same chunks: with any middleware, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import Reply, play, prepare

from chimeric import Chimeric, StreamChunk, StreamInterruptedError, hookimpl

from .dialects import DIALECTS, KEY, Dialect
from .observed import arguments


class Dropping:
    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk | None:
        return None if chunk.delta in (", w", " two") else chunk


class Doubling:
    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> Iterable[StreamChunk]:
        return [chunk, chunk] if chunk.delta == " one" else [chunk]


class Shouting:
    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk


class Pairs:
    """Gives out text two chunks at a time."""

    def __init__(self) -> None:
        self.held: StreamChunk | None = None

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        if not chunk.delta or chunk.finish_reason:
            return chunk
        if self.held is None:
            self.held = chunk
            return None
        held, self.held = self.held, None
        return chunk.replace(delta=(held.delta or "") + chunk.delta)

    def flush(self) -> StreamChunk | None:
        held, self.held = self.held, None
        return held


class Pairing:
    @hookimpl
    def chimeric_stream_processor(self) -> Pairs:
        return Pairs()


MIDDLEWARE: dict[str, list[Callable[[], Any]]] = {
    "none": [],
    "dropping": [Dropping],
    "doubling": [Doubling],
    "shouting": [Shouting],
    "pairing": [Pairing],
    "all": [Dropping, Doubling, Shouting, Pairing],
}


def cuts(events: list[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The same bytes in one read, in a few, an event a read, and in small pieces."""
    body = b"".join(events)
    yield (body,)
    yield tuple(b"".join(events[i : i + 3]) for i in range(0, len(events), 3))
    yield tuple(events)
    yield tuple(body[i : i + 5] for i in range(0, len(body), 5))


def told(client: Chimeric, dialect: Dialect, pieces: tuple[bytes, ...], **more: Any) -> Any:
    played = play(prepare(client, **{**arguments(dialect), **more}), [Reply(pieces)])
    response = played.response
    assert response is not None
    chunks = [(chunk.to_dict(), chunk.content, chunk.raw) for chunk in played.chunks]
    error = played.error and (type(played.error), played.error.message)
    return chunks, error, response.content, response.tool_calls, response.finish_reason


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@pytest.mark.parametrize("middleware", MIDDLEWARE.values(), ids=MIDDLEWARE)
@pytest.mark.parametrize("native", [False, True], ids=["unified", "native"])
def test_chunks_are_the_same_however_the_reads_are_cut(
    dialect: Dialect, middleware: list[Callable[[], Any]], native: bool
) -> None:
    script = dialect.script()
    call = [("c1", "add", ['{"a": ', "1, ", '"b": 2}'])]
    text = [script.frame(payload) for payload in script.payloads]
    tools = [
        script.frame(payload)
        for payload in (
            *dialect.opening(),
            dialect.say("well "),
            *dialect.calls(call),
            *dialect.finish("tools"),
            *dialect.terminal(),
        )
    ]
    with Chimeric(
        api_keys={dialect.provider: KEY}, plugins=[make() for make in middleware]
    ) as client:
        for events in (text, tools, text[: len(text) // 2]):
            first, *others = [told(client, dialect, c, native=native) for c in cuts(events)]
            assert first[0]
            for other in others:
                assert other == first
        assert first[1][0] is StreamInterruptedError
