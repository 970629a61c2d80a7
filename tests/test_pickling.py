"""Chunks are values: they go to other processes with all that they say."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, StreamChunk


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": fields}]}


def call(**fields: Any) -> dict[str, Any]:
    return delta(tool_calls=[{"index": 0, **fields}])


EVENTS = [
    delta(content='{"a":'),
    delta(content="[1,2]}"),
    call(id="c", function={"name": "f", "arguments": '{"x": [1'}),
    call(function={"arguments": ",2]}"}),
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}},
]


@pytest.fixture(scope="module")
def chunks() -> list[StreamChunk]:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        body = b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in EVENTS)
        body += b"data: [DONE]\n\n"
        yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    with LoopbackServer(answer) as server, Chimeric(base_url=server.url) as client:
        ask: dict[str, Any] = {"response_format": "json_object", "stream": True}
        return list(client.generate("compatible:m", "Hi", **ask))


def told(chunk: StreamChunk) -> list[Any]:
    """All that a chunk says, but for what needs the provider's code."""
    calls = [(c.arguments, c.status, c.id) for c in chunk.tool_calls]
    said = [chunk.turn, chunk.content, chunk.delta, chunk.raw, chunk.partial, calls]
    return [*said, chunk.usage, chunk.metadata, chunk.finish_reason]


def test_a_pickled_chunk_keeps_all_but_the_native_event(chunks: list[StreamChunk]) -> None:
    for chunk in chunks:
        again = pickle.loads(pickle.dumps(chunk))
        assert told(again) == told(chunk)
        assert again.native is None
        assert told(copy.deepcopy(chunk)) == told(copy.copy(chunk)) == told(chunk)


def test_chunks_that_are_pickled_together_share_their_text(chunks: list[StreamChunk]) -> None:
    again = pickle.loads(pickle.dumps(chunks))
    assert [told(chunk) for chunk in again] == [told(chunk) for chunk in chunks]
    assert len({id(chunk._source.log) for chunk in again if chunk._source}) == 1


def test_a_chunk_goes_to_a_process_that_knows_no_provider(chunks: list[StreamChunk]) -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(told, chunks) == [told(chunk) for chunk in chunks]
