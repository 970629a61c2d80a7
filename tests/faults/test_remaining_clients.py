"""Clients of the caller's, and pools of our own, in moments that other tests pass by."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import httpx
import pytest
from chimeric_testing import LoopbackServer, SeenRequest, Step

from chimeric import Chimeric, ConfigurationError, RequestTimeoutError, Timeout, hookimpl
from chimeric.transport.httpx_clients.own import _settings
from chimeric.transport.httpx_transport import HttpxTransport
from chimeric.values.transport import Started, WireRequest, WireTimeout

from .calls import Collect
from .plugins import middleware
from .streams import ASK, answer, client_of, echo, endless, silent

WHOLE = "Hello " * 40


# --- the caller's httpx client ---


class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body with an empty piece before each piece."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.stream:
            yield from (b"", piece)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.stream:
            yield b""
            yield piece

    def close(self) -> None:
        self.stream.close()

    async def aclose(self) -> None:
        await self.stream.aclose()


class Gateway(httpx.HTTPTransport):
    """A transport of the caller's that shows no socket."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        real = super().handle_request(request)
        return httpx.Response(real.status_code, headers=real.headers, stream=Pieces(real.stream))


class AsyncGateway(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        real = await super().handle_async_request(request)
        return httpx.Response(real.status_code, headers=real.headers, stream=Pieces(real.stream))


def own_clients(
    hooks: Mapping[str, list[Any]] | None = None, ahooks: Mapping[str, list[Any]] | None = None
) -> dict[str, Any]:
    return {
        "http_client": httpx.Client(transport=Gateway(), event_hooks=hooks),
        "async_http_client": httpx.AsyncClient(transport=AsyncGateway(), event_hooks=ahooks),
    }


async def close_both(own: dict[str, Any]) -> None:
    own["http_client"].close()
    await own["async_http_client"].aclose()


def test_a_transport_with_empty_pieces_and_no_socket_streams_and_stops() -> None:
    async def main() -> None:
        server._handler = echo
        assert (await (await client.agenerate(**ASK)).collect()).content == WHOLE
        server._handler = endless
        with pytest.raises(RequestTimeoutError) as caught:
            await (await client.agenerate(**ASK, timeout=limit)).collect()
        assert caught.value.phase == "total"
        await close_both(own)

    own, limit = own_clients(), Timeout(total=0.4)
    with LoopbackServer(echo) as server:
        client = client_of(server, **own)
        assert client.generate(**ASK).collect().content == WHOLE
        server._handler = endless
        with pytest.raises(RequestTimeoutError) as caught:
            client.generate(**ASK, timeout=limit).collect()
        assert caught.value.phase == "total"
        asyncio.run(main())


def test_a_closed_client_of_the_callers_says_so(collect: Collect) -> None:
    own = own_clients()
    asyncio.run(close_both(own))
    with LoopbackServer(echo) as server:
        with pytest.raises(ConfigurationError, match="closed"):
            collect(client_of(server, **own), ASK)
        assert server.requests == []


def test_an_error_of_the_callers_client_passes_as_it_is(collect: Collect) -> None:
    def broken(request: httpx.Request) -> None:
        raise RuntimeError("the caller's own")

    async def abroken(request: httpx.Request) -> None:
        raise RuntimeError("the caller's own")

    own = own_clients({"request": [broken]}, {"request": [abroken]})
    with LoopbackServer(echo) as server:
        with pytest.raises(RuntimeError, match="the caller's own"):
            collect(client_of(server, **own), ASK)
        assert server.requests == []
        asyncio.run(close_both(own))


# --- our own httpx clients ---


class Closed:
    """A plugin's transport that closes the one that it wraps."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def open(self, request: WireRequest, started: Started) -> Any:
        self._transport.close()
        return self._transport.open(request, started)

    def close(self) -> None:
        self._transport.close()


class AsyncClosed:
    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def open(self, request: WireRequest, started: Started) -> Any:
        await self._transport.aclose()
        return await self._transport.open(request, started)

    async def aclose(self) -> None:
        await self._transport.aclose()


class Closing:
    @hookimpl
    def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
        return AsyncClosed(transport) if asynchronous else Closed(transport)


def test_a_request_after_the_transport_was_closed_says_so(collect: Collect) -> None:
    with LoopbackServer(echo) as server:
        with pytest.raises(ConfigurationError, match="closed"):
            collect(client_of(server, plugins=[Closing()]), ASK)
        assert server.requests == []


class Twice:
    """A plugin's transport whose answers are closed twice."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def open(self, request: WireRequest, started: Started) -> Any:
        return TwiceClosed(await self._transport.open(request, started))

    async def aclose(self) -> None:
        await self._transport.aclose()


class TwiceClosed:
    def __init__(self, response: Any) -> None:
        self.status, self.headers = response.status, response.headers
        self.read, self.abort, self._close = response.read, response.abort, response.aclose

    async def aclose(self) -> None:
        await self._close()
        await self._close()


def test_an_answer_may_be_closed_twice() -> None:
    async def main() -> None:
        wrap = middleware(chimeric_wrap_transport=lambda transport: Twice(transport))
        async with client_of(server, plugins=[wrap]) as client:
            for _ in range(3):
                assert (await (await client.agenerate(**ASK)).collect()).content == WHOLE

    with LoopbackServer(echo) as server:
        asyncio.run(main())
        assert server.connections == 1


def test_more_streams_at_a_time_than_a_pool_holds_all_come_to_their_end() -> None:
    count = 70
    open_now = threading.Barrier(count)

    def together(request: SeenRequest) -> Iterator[Step]:
        open_now.wait(20)
        yield from answer(["Hello"])

    async def main() -> list[str]:
        async with client_of(server, max_retries=0) as client:

            async def one() -> str:
                return (await (await client.agenerate(**ASK)).collect()).content

            return await asyncio.gather(*(one() for _ in range(count)))

    with LoopbackServer(together) as server:
        assert asyncio.run(main()) == ["Hello"] * count


@pytest.mark.parametrize("times", [1, 3, 4])
def test_an_environment_that_changes_is_read_again_up_to_three_times(times: int) -> None:
    changes = iter(range(times))

    def read() -> dict[str, str]:
        if next(changes, None) is not None:
            raise RuntimeError("dictionary changed size during iteration")
        return {"http": "http://proxy.test"}

    if times == 4:
        with pytest.raises(RuntimeError, match="changed size"):
            _settings(read)
    else:
        assert _settings(read) == {"http": "http://proxy.test"}


def test_threads_that_make_the_first_request_together_share_one_pool() -> None:
    transport, codes = HttpxTransport(), []

    def work(url: str) -> None:
        request = WireRequest(
            method="GET", url=url, headers={}, body=b"", timeout=WireTimeout(5, 5)
        )
        response = transport.open(request, lambda abort: None)
        while response.read():
            pass
        response.close()
        codes.append(response.status)

    def ok(request: SeenRequest) -> list[Step]:
        return [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]

    with LoopbackServer(ok) as server:
        readers = [threading.Thread(target=work, args=(server.url,)) for _ in range(4)]
        with transport._lock:  # none can make the pool before all want it
            for reader in readers:
                reader.start()
            time.sleep(0.2)
        for reader in readers:
            reader.join(10)
        pool: Any
        (pool,) = [made._pool for made in transport._own.values()]
        kept = list(pool.connections)
        transport.close()
    assert codes == [200] * 4
    assert kept
    assert not pool.connections


def test_two_event_loops_at_a_time_have_a_pool_each() -> None:
    with LoopbackServer(silent) as server:
        client = client_of(server)
        opened, done = threading.Event(), threading.Event()

        async def elsewhere() -> None:
            stream = await client.agenerate(**ASK)
            opened.set()
            await asyncio.to_thread(done.wait, 10)
            await stream.aclose()

        async def here() -> None:
            server._handler = echo
            stream = await client.agenerate(**ASK)
            assert (await stream.collect()).content == WHOLE

        other = threading.Thread(target=asyncio.run, args=(elsewhere(),))
        other.start()
        assert opened.wait(10)
        asyncio.run(here())
        done.set()
        other.join(10)
        assert server.connections == 2
        client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_makes_pools_of_its_own_and_leaves_the_parents_alone() -> None:
    def once(client: Chimeric) -> bool:
        async def main() -> str:
            return (await (await client.agenerate(**ASK)).collect()).content

        return asyncio.run(main()) == client.generate(**ASK).collect().content == WHOLE

    with LoopbackServer(echo) as server:
        client = client_of(server)
        assert once(client)
        child = os.fork()
        if child == 0:
            good = False
            try:
                good = once(client)
                client.close()
            finally:
                os._exit(0 if good else 1)
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert once(client)
        client.close()
