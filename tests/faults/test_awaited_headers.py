"""A call that waits for status and headers can be ended, and keeps its limits, on any transport."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import RequestTimeoutError, StreamInterruptedError, Timeout

from .loops import WAYS, Way, ask
from .streams import ASK, client_of, echo, mute


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    return request.param  # type: ignore[no-any-return]


def dripping(request: SeenRequest) -> Iterator[Step]:
    """Headers, a byte at a time."""
    yield b"HTTP/1.1 200 OK\r\nx-slow: "
    for _ in range(1_200):
        yield b"x"
        yield Pause(0.05)


def hinting(request: SeenRequest) -> Iterator[Step]:
    """One 103 after the other."""
    for _ in range(12_000):
        yield b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n"
        yield Pause(0.005)


@pytest.mark.parametrize("handler", [mute, dripping, hinting])
@pytest.mark.parametrize("phase", ["first", "total"])
def test_first_and_total_hold_while_headers_are_awaited(way: Way, handler: Any, phase: str) -> None:
    with LoopbackServer(handler) as server:
        client = client_of(
            server, transport=way.transport, timeout=Timeout(**{phase: 0.4}), max_retries=0
        )
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=f"Timeout.{phase}") as caught:
            ask(way, client)
        assert time.monotonic() - began < 20
        assert caught.value.phase == phase
        assert server.wait_closed()
        client.close()


@pytest.mark.parametrize("handler", [mute, hinting])
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
def test_closing_the_client_ends_a_call_that_waits_for_headers(
    way: Way, handler: Any, warm: bool
) -> None:
    waiting = threading.Event()

    def answering(request: SeenRequest) -> Any:
        if warm and len(server.requests) == 1:
            return echo(request)
        waiting.set()
        return handler(request)

    def close() -> None:
        assert waiting.wait(10)
        time.sleep(0.1)
        client.close()

    async def main() -> None:
        if warm:
            await (await client.agenerate(**ASK)).collect()
        await client.agenerate(**ASK)

    with LoopbackServer(answering) as server:
        client = client_of(server, transport=way.transport, max_retries=0)
        closing = threading.Thread(target=close)
        closing.start()
        began = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="closed"):
            if way.run is None:
                if warm:
                    client.generate(**ASK).collect()
                client.generate(**ASK)
            else:
                way.run(main)
        assert time.monotonic() - began < 20
        closing.join()
        assert server.connections == 1
        assert server.wait_closed()


def test_dripping_headers_do_not_run_into_read(way: Way) -> None:
    def slow(request: SeenRequest) -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\nx-slow: "
        for _ in range(25):
            yield b"x"
            yield Pause(0.1)
        yield b"\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        yield from list(echo(request))[1:]

    with LoopbackServer(slow) as server:
        client = client_of(server, transport=way.transport, timeout=Timeout(read=2))
        assert ask(way, client).startswith("Hello ")
        client.close()


def test_silence_in_mid_stream_may_be_longer_than_first(way: Way) -> None:
    def pausing(request: SeenRequest) -> Iterator[Step]:
        steps = list(echo(request))
        yield from steps[:5]
        yield Pause(2.5)
        yield from steps[5:]

    with LoopbackServer(pausing) as server:
        client = client_of(server, transport=way.transport, timeout=Timeout(first=2))
        assert ask(way, client).startswith("Hello ")
        client.close()
