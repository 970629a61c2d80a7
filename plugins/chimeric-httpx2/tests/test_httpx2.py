"""The transport over real loopback HTTP: bytes as they come, errors typed, nothing left open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trio
from chimeric_httpx2 import chimeric_transport
from chimeric_httpx2.transport import AsyncHttpx2Transport, Httpx2Transport
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest

from chimeric import (
    Chimeric,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
    WireRequest,
    WireTimeout,
)

HEAD = b"HTTP/1.1 200 OK\r\nx-told: yes\r\ncontent-length: 6\r\n\r\n"


def ignored(abort: Callable[[], None]) -> None:
    """Nobody wants to end the request early."""


def request(url: str, read: float = 20.0, **headers: str) -> WireRequest:
    return WireRequest(
        method="POST",
        url=f"{url}/a%2Fb?c=d",
        headers={"authorization": "Bearer k", **headers},
        body=b"{}",
        timeout=WireTimeout(connect=20.0, read=read),
    )


def pieces(seen: SeenRequest) -> Iterator[Any]:
    yield HEAD + b"abc"
    yield Pause(0.05)
    yield b"def"


def test_it_answers_to_its_name_only() -> None:
    assert chimeric_transport("httpx2", False) is Httpx2Transport
    assert chimeric_transport("httpx2", True) is AsyncHttpx2Transport
    assert chimeric_transport("httpx", False) is None


def test_a_request_goes_out_as_it_is_and_the_bytes_come_as_they_are() -> None:
    transport = Httpx2Transport()
    with LoopbackServer(pieces) as server:
        for _ in range(2):
            response = transport.open(request(server.url), ignored)
            assert response.status == 200
            assert response.headers["x-told"] == "yes"
            assert [response.read() for _ in range(3)] == [b"abc", b"def", b""]
            response.close()
        assert server.connections == 1
        assert server.requests[0].path == "/a%2Fb?c=d"
        assert server.requests[0].headers["authorization"] == "Bearer k"
        transport.close()
        assert server.wait_closed()


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_it_is_the_same_asynchronously(run: Any) -> None:
    async def work() -> None:
        transport = AsyncHttpx2Transport()
        response = await transport.open(request(server.url), ignored)
        assert [await response.read() for _ in range(3)] == [b"abc", b"def", b""]
        await response.aclose()
        await transport.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await transport.open(request(server.url), ignored)

    with LoopbackServer(pieces) as server:
        run(work) if run is trio.run else run(work())
        assert server.wait_closed()


def test_a_break_and_a_wait_are_typed() -> None:
    transport = Httpx2Transport()
    with LoopbackServer(lambda seen: iter([HEAD, b"abc", Close()])) as server:
        response = transport.open(request(server.url), ignored)
        assert response.read() == b"abc"
        with pytest.raises(ConnectionFailedError):
            response.read()
        response.close()
    with LoopbackServer(lambda seen: iter([Pause(60)])) as server:
        with pytest.raises(RequestTimeoutError) as caught:
            transport.open(request(server.url, read=0.3), ignored)
        assert caught.value.phase == "read"
    with pytest.raises(ConnectionFailedError):
        transport.open(request(server.url), ignored)
    transport.close()


def test_abort_ends_a_waiting_read() -> None:
    transport = Httpx2Transport()
    with LoopbackServer(lambda seen: iter([HEAD, b"abc", Pause(60)])) as server:
        response = transport.open(request(server.url), ignored)
        response.read()
        threading.Timer(0.1, response.abort).start()
        with pytest.raises(ConnectionFailedError):
            response.read()
        response.close()
        assert server.wait_closed()
    transport.close()


def test_a_client_uses_it_by_name() -> None:
    answer = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(answer)
    with (
        LoopbackServer(lambda seen: iter([head + answer])) as server,
        Chimeric(base_url=server.url, transport="httpx2") as client,
    ):
        assert client.generate("compatible:m", "Hello").content == "Hi"
