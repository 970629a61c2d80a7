"""Connections of every transport: closed when they are left, used again, on every loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trio
from chimeric_testing import LoopbackServer, Pause, SeenRequest
from chimeric_testing.server import chunked
from tests.faults.streams import when_reading
from transports import END, OPEN, WAYS, WHOLE, Way, endless, good, named, plain, serve, text

from chimeric import Chimeric, ConfigurationError, StreamInterruptedError


def on(way: Way, server: LoopbackServer, blocking: Callable[[Any], None], work: Any) -> None:
    """Run a piece of work with a client and an endless stream."""
    ask = {"model": "compatible:m", "messages": "Hi", "stream": True}
    settings: dict[str, Any] = {"base_url": server.url, "transport": way.transport}

    async def asynchronous() -> None:
        async with Chimeric(**settings) as client:
            await work(await client.agenerate(**ask))

    if way.asynchronous:
        asyncio.run(asynchronous())
    else:
        with Chimeric(**settings) as client:
            blocking(client.generate(**ask))


def test_leaving_a_loop_closes_the_connection(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            for _ in stream:
                break
            assert server.wait_closed()

        async def asynchronous(stream: Any) -> None:
            async for _ in stream:
                break
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)
        assert server.aborted == 1


def test_close_in_the_middle_is_idempotent(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            next(stream)
            stream.close()
            stream.close()
            assert server.wait_closed()

        async def asynchronous(stream: Any) -> None:
            await anext(stream)
            await stream.aclose()
            await stream.aclose()
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)


def test_a_dropped_stream_closes_its_connection(way: Way) -> None:
    with LoopbackServer(endless) as server:

        def blocking(stream: Any) -> None:
            next(stream)

        async def asynchronous(stream: Any) -> None:
            await anext(stream)
            del stream
            gc.collect()
            assert await asyncio.to_thread(server.wait_closed)

        on(way, server, blocking, asynchronous)
        gc.collect()
        assert server.wait_closed()


def test_closing_from_elsewhere_ends_a_waiting_read(way: Way) -> None:
    with serve(OPEN, *list(chunked([text("so far")]))[:-1], Pause(60)) as server:

        def blocking(stream: Any) -> None:
            when_reading(stream.close)
            with pytest.raises(StreamInterruptedError, match="closed"):
                list(stream)

        async def asynchronous(stream: Any) -> None:
            asyncio.get_running_loop().call_later(
                0.3, lambda: asyncio.ensure_future(stream.aclose())
            )
            with pytest.raises(StreamInterruptedError, match="closed"):
                async for _ in stream:
                    pass

        began = time.monotonic()
        on(way, server, blocking, asynchronous)
        assert time.monotonic() - began < 20
        assert server.wait_closed()


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_a_cancelled_task_closes_its_connection(way: Way) -> None:
    async def work() -> None:
        async with Chimeric(base_url=server.url, transport=way.transport) as client:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)

            async def read() -> None:
                async for _ in stream:
                    pass

            task = asyncio.create_task(read())
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.wait_closed)

    with LoopbackServer(endless) as server:
        asyncio.run(work())


def test_connections_are_used_again(way: Way) -> None:
    with LoopbackServer(good) as server:
        ask = {"model": "compatible:m", "messages": "Hi", "stream": True}
        settings: dict[str, Any] = {"base_url": server.url, "transport": way.transport}
        if way.asynchronous:

            async def work() -> None:
                async with Chimeric(**settings) as client:
                    for _ in range(5):
                        await (await client.agenerate(**ask)).collect()

            asyncio.run(work())
        else:
            with Chimeric(**settings) as client:
                for _ in range(5):
                    client.generate(**ask).collect()
        assert len(server.requests) == 5
        assert server.connections == 1


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_two_hundred_streams_at_a_time(way: Way) -> None:
    count = 200
    barrier = threading.Barrier(count + 1)

    def handler(request: SeenRequest) -> Iterator[Any]:
        yield OPEN
        barrier.wait(20)  # all are open now
        yield from chunked([text("Hello"), END])

    async def work(client: Chimeric) -> list[str]:
        async def one() -> str:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

        return await asyncio.gather(*(one() for _ in range(count)))

    async def run_all() -> list[str]:
        async with Chimeric(base_url=server.url, transport=way.transport) as client:
            return await work(client)

    with LoopbackServer(handler) as server:
        threading.Thread(target=barrier.wait, args=(20,), daemon=True).start()
        assert asyncio.run(run_all()) == ["Hello"] * count


@pytest.mark.parametrize("way", [w for w in WAYS if w.asynchronous], ids=named, indirect=True)
def test_one_client_serves_several_event_loops(way: Way) -> None:
    with LoopbackServer(good) as server, warnings.catch_warnings():
        warnings.simplefilter("error")
        client = Chimeric(base_url=server.url, transport=way.transport)

        async def work() -> str:
            stream = await client.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

        assert [asyncio.run(work()) for _ in range(3)] == ["Hello \u2028 w\u00f6rld"] * 3
        gc.collect()


def test_a_closed_client_says_so(way: Way) -> None:
    with serve(plain(WHOLE)) as server:
        client = Chimeric(base_url=server.url, transport=way.transport)

        async def work() -> None:
            await client.agenerate("compatible:m", "Hi")
            await client.aclose()
            with pytest.raises(ConfigurationError, match="closed"):
                await client.agenerate("compatible:m", "Hi")

        if way.asynchronous:
            asyncio.run(work())
        else:
            client.generate("compatible:m", "Hi")
            client.close()
            with pytest.raises(ConfigurationError, match="closed"):
                client.generate("compatible:m", "Hi")


def test_aiohttp_refuses_blocking_calls_and_trio_with_a_reason() -> None:
    client = Chimeric(base_url="http://127.0.0.1:9", transport="aiohttp", max_retries=0)
    with pytest.raises(ConfigurationError, match="asynchronous calls only"):
        client.generate("compatible:m", "Hi")

    async def work() -> None:
        await client.agenerate("compatible:m", "Hi")

    with pytest.raises(ConfigurationError, match="asyncio"):
        trio.run(work)


def test_httpx2_works_on_trio() -> None:
    async def work() -> str:
        async with Chimeric(base_url=server.url, transport="httpx2") as client:
            return (
                await (await client.agenerate("compatible:m", "Hi", stream=True)).collect()
            ).content

    with LoopbackServer(good) as server:
        assert trio.run(work) == "Hello \u2028 w\u00f6rld"


def test_a_transport_that_no_plugin_brings_is_named() -> None:
    with pytest.raises(ConfigurationError, match="transport 'carrier-pigeon'"):
        Chimeric(base_url="http://127.0.0.1:9", transport="carrier-pigeon").generate(
            "compatible:m", "Hi"
        )
