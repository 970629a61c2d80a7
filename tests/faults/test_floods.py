"""Servers that send without end and say nothing: the limits of time and size hold all the same."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Iterator

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, Limits, ProtocolError, RequestTimeoutError, Timeout

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
LIMITS = Timeout(read=30, first=1, gap=1)
FLOODS = {
    "comments": b": keep-alive\n\n",
    "short comments": b":\n\n",
    "blank data": b"data:\n\n",
    "empty choices": b'data: {"choices":[]}\n\n',
    "roles": b'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n',
}
TEXT = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
LONGEST = 60.0
"""Seconds after which the server gives up: far more than any limit here."""


def flood(piece: bytes, first: bytes = b"", head: bytes = HEAD) -> LoopbackServer:
    """A server that sends a piece as fast as it can, after what it sends first."""
    block = piece * (65536 // len(piece))

    def handler(request: SeenRequest) -> Iterator[bytes]:
        yield head + b"\r\n" + first
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            yield block

    return LoopbackServer(handler)


@pytest.mark.parametrize("native", [False, True], ids=["chunks", "native"])
@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_without_content_ends_at_first(kind: str, native: bool) -> None:
    with flood(FLOODS[kind]) as server, Chimeric(base_url=server.url, max_retries=0) as client:
        began = time.monotonic()
        stream = client.generate("compatible:m", "Hi", stream=True, native=native, timeout=LIMITS)
        with pytest.raises(RequestTimeoutError) as caught:
            for _ in stream:
                pass
        assert caught.value.phase == "first"
        assert time.monotonic() - began < LONGEST / 2


@pytest.mark.parametrize("kind", ["comments", "empty choices"])
def test_a_flood_after_content_ends_at_gap_for_an_async_caller(kind: str) -> None:
    limits = Timeout(read=30, first=20, gap=1)

    async def main(url: str) -> float:
        async with Chimeric(base_url=url, max_retries=0) as client:
            stream = await client.agenerate("compatible:m", "Hi", stream=True, timeout=limits)
            began = time.monotonic()
            with pytest.raises(RequestTimeoutError) as caught:
                await stream.collect()
            assert caught.value.phase == "gap"
            assert caught.value.partial is not None
            assert caught.value.partial.content == "Hi"
            return time.monotonic() - began

    with flood(FLOODS[kind], TEXT) as server:
        assert asyncio.run(main(server.url)) < LONGEST / 2


@pytest.mark.parametrize("native", [False, True], ids=["chunks", "native"])
def test_the_time_that_the_caller_holds_a_chunk_counts_for_no_limit(native: bool) -> None:
    """Half of the events say nothing; the caller takes far longer over each than the limit is."""
    empty = b'data: {"choices":[]}\n\n'
    events = [TEXT, empty, empty, TEXT, empty]
    end = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    def handler(request: SeenRequest) -> Iterator[bytes]:
        yield HEAD + b"connection: close\r\n\r\n"
        for event in (*events, end):
            yield event
            time.sleep(0.05)  # each in a read of its own

    with LoopbackServer(handler) as server, Chimeric(base_url=server.url) as client:
        limits = Timeout(read=30, first=2, gap=2)
        stream = client.generate("compatible:m", "Hi", stream=True, native=native, timeout=limits)
        time.sleep(2.2)
        for number, _ in enumerate(stream):
            if number in (1, 2):
                time.sleep(2.2)
        assert stream.response.content == "HiHi"


def test_compressed_bytes_that_inflate_to_nothing_count_for_the_size() -> None:
    head = HEAD + b"content-encoding: gzip\r\n"
    with flood(gzip.compress(b""), head=head) as server:
        client = Chimeric(base_url=server.url, limits=Limits(response_size=1_000_000))
        with client, pytest.raises(ProtocolError) as caught:
            client.generate("compatible:m", "Hi", stream=True).collect()
        assert caught.value.limit == "response_size"


def test_compressed_bytes_that_inflate_to_nothing_end_at_first() -> None:
    head = HEAD + b"content-encoding: gzip\r\n"
    with flood(gzip.compress(b""), head=head) as server:
        client = Chimeric(base_url=server.url, limits=Limits(response_size=None), max_retries=0)
        with client, pytest.raises(RequestTimeoutError) as caught:
            client.generate("compatible:m", "Hi", stream=True, timeout=LIMITS).collect()
        assert caught.value.phase == "first"


@pytest.mark.parametrize("kind", [b"{}", b"[]"])
def test_an_event_that_is_large_only_as_objects_is_refused(kind: bytes) -> None:
    event = b'data: {"choices":[' + (kind + b",") * 1_000_000 + kind + b"]}\n\n"

    def handler(request: SeenRequest) -> Iterator[bytes]:
        yield HEAD + b"content-length: %d\r\n\r\n" % len(event) + event

    with LoopbackServer(handler) as server, Chimeric(base_url=server.url) as client:
        with pytest.raises(ProtocolError, match="objects and arrays") as caught:
            client.generate("compatible:m", "Hi", stream=True).collect()
        assert caught.value.limit == "event_size"
