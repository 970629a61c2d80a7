"""``keep_raw=False``: chunks without the events that brought them."""

from __future__ import annotations

import gc
import tracemalloc
from typing import Any

import pytest

from chimeric import Chimeric, ServerError, StreamChunk, StreamInterruptedError, hookimpl
from tests.hooks.modes import MODES, run_on

from .frames import DONE, Frames, text
from .servers import failing

MODEL = "frames:m"


def clock() -> str:
    """Tell the time."""
    return "noon"


TURN = [{"reasoning": "Hm."}, {"calls": ["clock"]}, {"done": True, "finish": "tool_calls"}]
LAST = [text('{"time"'), text(': "no'), None, text('on"}'), DONE]


def chunks_of(mode: str, client: Chimeric, **params: Any) -> list[StreamChunk]:
    params = {"model": MODEL, "messages": "Hi", "stream": True, **params}
    if mode == "sync":
        with client:
            return list(client.generate(**params))

    async def main() -> list[StreamChunk]:
        async with client:
            return [chunk async for chunk in await client.agenerate(**params)]

    return run_on(mode, main)


def told(chunks: list[StreamChunk]) -> list[Any]:
    """All that chunks say, but for how long a tool took."""
    said: list[Any] = []
    for chunk in chunks:
        results = [result.output for result in chunk.tool_results]
        fields = chunk.replace(tool_results=()).to_dict()
        said.append((fields, results, chunk.content, chunk.partial))
    return said


class Seen:
    """Middleware that notes what it sees of the events, and asks for nothing."""

    def __init__(self) -> None:
        self.raws: list[bytes] = []

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        self.raws.append(chunk.raw)
        return chunk


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("more", [{}, {"response_format": "json_object"}, {"use": [Seen()]}])
def test_chunks_say_the_same_without_their_events(mode: str, more: dict[str, Any]) -> None:
    more = {**more, "tools": [clock]}
    with Frames(*(TURN, LAST) * 3) as server:
        server.go_on.release(3)
        whole = chunks_of(mode, server.client(), **more)
        bare = chunks_of(mode, server.client(), keep_raw=False, **more)
        also = chunks_of(mode, server.client(keep_raw=False), **more)
    assert told(bare) == told(also) == told(whole)
    assert any(chunk.raw for chunk in whole)
    for chunk in [*bare, *also]:
        assert chunk.raw == b""
        assert chunk.native is None


def test_a_call_may_keep_what_its_client_does_not() -> None:
    with Frames([text("Hi"), DONE], [text("Hi"), DONE]) as server:
        with server.client(keep_raw=False) as client:
            assert next(client.generate(MODEL, "Hi", stream=True, keep_raw=True)).raw
            other = client.with_options(keep_raw=True)
            assert next(other.generate(MODEL, "Hi", stream=True)).raw


def test_middleware_still_sees_the_events() -> None:
    seen = Seen()
    with Frames([text("Hi"), DONE]) as server:
        chunks = chunks_of("sync", server.client(keep_raw=False, plugins=[seen]))
    assert seen.raws[0] == b'{"text":"Hi"}'
    assert not any(chunk.raw for chunk in chunks)


@pytest.mark.parametrize("mode", MODES)
def test_native_events_are_what_they_were(mode: str) -> None:
    with Frames([text("Hi"), DONE]) as server:
        events: list[Any] = chunks_of(mode, server.client(keep_raw=False), native=True)
    assert events == [{"text": "Hi"}, {"done": True}]


@pytest.mark.parametrize("mode", MODES)
def test_errors_and_early_ends_are_what_they_were(mode: str) -> None:
    with Frames([text("Once")]) as server:
        with pytest.raises(StreamInterruptedError) as caught:
            chunks_of(mode, server.client(keep_raw=False))
        assert caught.value.partial is not None
        assert caught.value.partial.content == "Once"
    with failing() as server, pytest.raises(ServerError):
        client = Chimeric(base_url=server.url, max_retries=0, keep_raw=False)
        chunks_of(mode, client, model="compatible:m")


def test_leaving_a_stream_closes_it() -> None:
    with Frames([text("One"), text("Two"), None, DONE]) as server:
        with server.client(keep_raw=False) as client:
            for _ in client.generate(MODEL, "Hi", stream=True):
                break
            assert server.wait_closed()


def test_kept_chunks_take_less_memory() -> None:
    frames = [{"text": "word ", "padding": "x" * 500}] * 1000

    def size(**params: Any) -> int:
        with Frames([*frames, DONE]) as server, server.client() as client:
            stream = client.generate(MODEL, "Hi", stream=True, **params)
            next(stream)
            gc.collect()
            tracemalloc.start()
            kept = list(stream)
            gc.collect()
            used, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert len(kept) == 1000
            return used

    assert size() - size(keep_raw=False) > 400_000  # the payloads are 500 kB
