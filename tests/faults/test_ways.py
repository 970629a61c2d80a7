"""Ends, limits and connections over every transport, on every event loop."""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest
from chimeric_testing import LoopbackServer, SeenRequest, Step

from chimeric import (
    Chimeric,
    ChimericError,
    Context,
    Request,
    RequestTimeoutError,
    StreamInterruptedError,
    Timeout,
    hookimpl,
)

from .loops import ASYNC_WAYS, WAYS, Way, ask
from .streams import ASK, CHAT, all_given_up, client_of, echo, endless, quiet, silent, when_asked


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def way(request: pytest.FixtureRequest) -> Way:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=ASYNC_WAYS.values(), ids=list(ASYNC_WAYS))
def async_way(request: pytest.FixtureRequest) -> Way:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("handler", "timeout", "phase"),
    [
        (quiet, Timeout(first=0.3), "first"),
        (silent, Timeout(gap=0.3), "gap"),
        (silent, Timeout(total=0.3), "total"),
        (endless, Timeout(total=0.3), "total"),
        (silent, Timeout(read=0.3), "read"),
    ],
    ids=["first", "gap", "total", "total-endless", "read"],
)
def test_a_limit_names_itself_and_ends_the_connection(
    way: Way, handler: Any, timeout: Timeout, phase: str
) -> None:
    with LoopbackServer(handler) as server:
        client = client_of(server, transport=way.transport, timeout=timeout, max_retries=0)
        began = time.monotonic()
        with pytest.raises(RequestTimeoutError, match=f"Timeout.{phase}") as caught:
            ask(way, client)
        assert caught.value.phase == phase
        assert time.monotonic() - began < 20
        assert server.wait_closed()
        client.close()


@pytest.mark.parametrize("limit", [float("inf"), 1e10, 10**400])
def test_a_limit_that_nobody_can_count_is_none(way: Way, limit: float) -> None:
    endless_limits = Timeout(connect=limit, read=limit, first=limit, gap=limit, total=limit)
    with LoopbackServer(echo) as server:
        client = client_of(server, transport=way.transport, timeout=endless_limits)
        assert ask(way, client).startswith("Hello ")
        client.close()


@pytest.mark.parametrize("how", ["close", "aclose", "from a thread"])
def test_closing_the_client_ends_its_readers_at_once(async_way: Way, how: str) -> None:
    with LoopbackServer(silent) as server:

        async def main() -> None:
            client = client_of(server, transport=async_way.transport)
            stream = await client.agenerate(**ASK)
            errors: list[str] = []

            async def read() -> None:
                try:
                    async for _ in stream:
                        pass
                except StreamInterruptedError as error:
                    errors.append(error.message)

            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    group.start_soon(read)
                    await anyio.sleep(0.2)
                    if how == "aclose":
                        await client.aclose()
                    elif how == "close":
                        client.close()
                    else:
                        await anyio.to_thread.run_sync(client.close)
            assert errors == ["the stream was closed while it was being read"]
            assert await anyio.to_thread.run_sync(server.wait_closed)

        assert async_way.run is not None
        async_way.run(main)


class Elsewhere:
    """Always offers the same request once more."""

    def __init__(self) -> None:
        self.asked: list[ChimericError] = []

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request:
        self.asked.append(error)
        return context.request


def test_a_stream_that_its_caller_closed_is_not_recovered(way: Way) -> None:
    elsewhere = Elsewhere()
    with LoopbackServer(silent) as server:
        client = client_of(server, transport=way.transport, plugins=[elsewhere])
        closer = when_asked(server, client.close)
        with pytest.raises(StreamInterruptedError, match="was closed while") as caught:
            ask(way, client)
        closer.join()
        assert caught.value.closed
        assert not caught.value.retryable
        assert elsewhere.asked == []
        assert server.connections == 1


def test_leaving_a_loop_and_dropping_a_stream_give_the_connections_up(async_way: Way) -> None:
    with LoopbackServer(endless) as server:

        async def main() -> None:
            client = client_of(server, transport=async_way.transport)
            async for _ in await client.agenerate(**ASK):
                break
            stream = await client.agenerate(**ASK)
            await anext(stream)
            del stream
            gc.collect()
            assert await anyio.to_thread.run_sync(all_given_up, server)
            assert server.connections == 2
            await client.aclose()

        assert async_way.run is not None
        async_way.run(main)


def test_closing_a_stream_from_another_task_ends_its_reader(async_way: Way) -> None:
    with LoopbackServer(silent) as server:

        async def main() -> None:
            client = client_of(server, transport=async_way.transport)
            stream = await client.agenerate(**ASK)

            async def read() -> None:
                with pytest.raises(StreamInterruptedError, match="closed"):
                    async for _ in stream:
                        pass

            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    group.start_soon(read)
                    await anyio.sleep(0.2)
                    await stream.aclose()
            assert await anyio.to_thread.run_sync(server.wait_closed)
            await client.aclose()

        assert async_way.run is not None
        async_way.run(main)


def test_an_answer_whose_body_does_not_end_does_not_hold_the_call_up(way: Way) -> None:
    def lasting(request: SeenRequest) -> Iterator[Step]:
        yield from list(echo(request))[:-1]
        yield from list(silent(request))[-1:]

    with LoopbackServer(lasting) as server:
        client = client_of(server, transport=way.transport, timeout=Timeout(read=60))
        began = time.monotonic()
        assert ask(way, client).startswith("Hello ")
        assert time.monotonic() - began < 20
        assert server.wait_closed()
        client.close()


def test_bytes_behind_an_answer_are_never_the_next_answer(way: Way) -> None:
    """A second answer, in the segment of the first one's end."""

    def whole(word: str) -> bytes:
        script = CHAT.made_of(CHAT.say(word), *CHAT.finish(), *CHAT.terminal())
        body = b"".join(script.frames())
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n".encode()
        return head + b"content-type: text/event-stream\r\n\r\n" + body

    def smuggling(request: SeenRequest) -> Iterator[Step]:
        number = len(server.requests)
        yield whole(f"answer {number}") + whole("of another request")

    with LoopbackServer(smuggling) as server:
        client = client_of(server, transport=way.transport)

        async def main() -> list[str]:
            answers = [await client.agenerate(**ASK) for _ in range(1)]
            texts = [(await answer.collect()).content for answer in answers]
            texts += [(await (await client.agenerate(**ASK)).collect()).content for _ in range(2)]
            await client.aclose()
            return texts

        if way.run is None:
            texts = [client.generate(**ASK).collect().content for _ in range(3)]
        else:
            texts = way.run(main)
        client.close()
        assert texts == ["answer 1", "answer 2", "answer 3"]


def test_a_cookie_of_one_answer_does_not_travel_with_the_next_request(way: Way) -> None:
    def setting(request: SeenRequest) -> Iterator[Step]:
        head, *rest = list(echo(request))
        assert isinstance(head, bytes)
        yield head.replace(b"\r\n", b"\r\nset-cookie: session=tenant0\r\n", 1)
        yield from rest

    with LoopbackServer(setting) as server:
        client = client_of(server, transport=way.transport)
        ask(way, client)
        ask(way, client)
        assert [request.headers.get("cookie") for request in server.requests] == [None, None]
        client.close()


def test_one_client_serves_threads_and_loops_at_once_and_closes_from_another() -> None:
    """Eight threads, four loops, and a ninth thread that closes the client."""
    outcomes: list[str] = []

    def read(way: Way) -> None:
        try:
            for _ in range(1000):
                outcomes.append(ask(way, client)[:5])
        except Exception as error:
            outcomes.append(type(error).__name__)

    ways = [WAYS["httpx-sync"]] * 8
    ways += [WAYS["httpx-asyncio"], WAYS["httpx-uvloop"], WAYS["httpx-trio"], WAYS["httpx-asyncio"]]
    with LoopbackServer(echo) as server:
        client = client_of(server, max_retries=0)
        threads = [threading.Thread(target=read, args=(way,)) for way in ways]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while outcomes.count("Hello") <= 12 and time.monotonic() < until:
            time.sleep(0.01)
        closer = threading.Thread(target=client.close)
        closer.start()
        closer.join(10)
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
    assert set(outcomes) <= {"Hello", "StreamInterruptedError", "ConfigurationError"}
    assert outcomes.count("Hello") > 12


@pytest.mark.parametrize("transport", ["httpx", "httpx2"])
def test_runs_of_trio_leave_no_pools_behind(transport: str) -> None:
    with LoopbackServer(echo) as server, client_of(server, transport=transport) as client:
        for _ in range(12):
            ask(WAYS[f"{transport}-trio"], client)
        made: Any = client._engine._transports.asynchronous()
        assert len(getattr(made, "_own", None) or made._kept) <= 2


def test_a_client_closes_while_other_threads_begin_calls() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with LoopbackServer(endless) as server:
            for _ in range(20):
                client = client_of(server, max_retries=0)

                def begin(client: Chimeric = client) -> None:
                    with contextlib.suppress(ChimericError):
                        for _ in range(20):
                            client.generate(**ASK).close()

                threads = [threading.Thread(target=begin) for _ in range(8)]
                for thread in threads:
                    thread.start()
                client.close()
                for thread in threads:
                    thread.join(20)
    finally:
        sys.setswitchinterval(interval)
