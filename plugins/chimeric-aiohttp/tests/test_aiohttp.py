"""The transport over real loopback HTTP: bytes as they come, errors typed, nothing left open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import trio
from chimeric_aiohttp import chimeric_transport
from chimeric_aiohttp.transport import AiohttpTransport
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


def request(url: str, read: float = 20.0) -> WireRequest:
    return WireRequest(
        method="POST",
        url=f"{url}/a%2Fb?c=d",
        headers={"authorization": "Bearer k"},
        body=b"{}",
        timeout=WireTimeout(connect=20.0, read=read),
    )


def pieces(seen: SeenRequest) -> Iterator[Any]:
    yield HEAD + b"abc"
    yield Pause(0.05)
    yield b"def"


def run(work: Callable[[AiohttpTransport], Awaitable[None]]) -> None:
    async def whole() -> None:
        transport = AiohttpTransport()
        await work(transport)
        await transport.aclose()

    asyncio.run(whole())


def test_it_answers_to_its_name_only_and_refuses_blocking_calls() -> None:
    assert chimeric_transport("aiohttp", True) is AiohttpTransport
    assert chimeric_transport("httpx", False) is None
    with pytest.raises(ConfigurationError, match="asynchronous calls only"):
        chimeric_transport("aiohttp", False)


def test_a_request_goes_out_as_it_is_and_the_bytes_come_as_they_are() -> None:
    async def work(transport: AiohttpTransport) -> None:
        for _ in range(2):
            response = await transport.open(request(server.url), ignored)
            assert response.status == 200
            assert response.headers["X-Told"] == "yes"
            assert [await response.read() for _ in range(3)] == [b"abc", b"def", b""]
            await response.aclose()

    with LoopbackServer(pieces) as server:
        run(work)
        assert server.connections == 1
        assert server.requests[0].path == "/a%2Fb?c=d"
        assert server.requests[0].headers["authorization"] == "Bearer k"
        assert "user-agent" not in server.requests[0].headers
        assert server.wait_closed()


def test_a_break_and_a_wait_are_typed() -> None:
    async def broken(transport: AiohttpTransport) -> None:
        response = await transport.open(request(server.url), ignored)
        assert await response.read() == b"abc"
        with pytest.raises(ConnectionFailedError):
            await response.read()
        await response.aclose()

    async def silent(transport: AiohttpTransport) -> None:
        with pytest.raises(RequestTimeoutError) as caught:
            await transport.open(request(server.url, read=0.3), ignored)
        assert caught.value.phase == "read"

    async def gone(transport: AiohttpTransport) -> None:
        with pytest.raises(ConnectionFailedError):
            await transport.open(request(server.url), ignored)

    with LoopbackServer(lambda seen: iter([HEAD, b"abc", Close()])) as server:
        run(broken)
    with LoopbackServer(lambda seen: iter([Pause(60)])) as server:
        run(silent)
    run(gone)


def test_abort_ends_a_waiting_read() -> None:
    async def work(transport: AiohttpTransport) -> None:
        response = await transport.open(request(server.url), ignored)
        await response.read()
        asyncio.get_running_loop().call_later(0.1, response.abort)
        with pytest.raises(ConnectionFailedError):
            await response.read()
        await response.aclose()

    with LoopbackServer(lambda seen: iter([HEAD, b"abc", Pause(60)])) as server:
        run(work)
        assert server.wait_closed()


def test_a_session_closes_with_its_loop_even_if_nobody_closes_it() -> None:
    transport = AiohttpTransport()

    async def work() -> None:
        response = await transport.open(request(server.url), ignored)
        while await response.read():
            pass

    with LoopbackServer(pieces) as server:
        asyncio.run(work())
        assert server.wait_closed()
        asyncio.run(work())
        assert server.wait_closed()


def test_trio_is_told_to_use_another() -> None:
    async def work() -> None:
        await AiohttpTransport().open(request("http://127.0.0.1:9"), ignored)

    with pytest.raises(ConfigurationError, match="needs asyncio"):
        trio.run(work)


def test_a_client_uses_it_by_name() -> None:
    answer = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
    head = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(answer)

    async def work() -> str:
        async with Chimeric(base_url=server.url, transport="aiohttp") as client:
            return (await client.agenerate("compatible:m", "Hello")).content

    with LoopbackServer(lambda seen: iter([head + answer])) as server:
        assert asyncio.run(work()) == "Hi"


def test_the_environments_proxy_carries_a_request_and_no_proxy_spares_a_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(transport: AiohttpTransport) -> None:
        response = await transport.open(request("http://far.invalid:81"), ignored)
        assert response.status == 200
        await response.aclose()
        response = await transport.open(request(near.url), ignored)
        assert response.status == 200
        await response.aclose()

    with LoopbackServer(pieces) as proxy, LoopbackServer(pieces) as near:
        place = proxy.url.removeprefix("http://")
        monkeypatch.setenv("http_proxy", f"http://someone:secret@{place}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        run(work)
        [seen] = proxy.requests
        assert seen.path == "http://far.invalid:81/a%2Fb?c=d"
        assert seen.headers["proxy-authorization"] == "Basic c29tZW9uZTpzZWNyZXQ="
        assert seen.headers["authorization"] == "Bearer k"
        [direct] = near.requests
        assert direct.path == "/a%2Fb?c=d"
        assert "proxy-authorization" not in direct.headers
