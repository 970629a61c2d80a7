"""A stream whose event loop has ended is an error, never an empty answer."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import anyio
import pytest
import trio
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

from chimeric import AsyncStream, Chimeric, StreamInterruptedError

from .case import sse

KEY = "sk-protocols-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
RUNS: dict[str, Callable[..., Any]] = {
    "asyncio": lambda function, *args: asyncio.run(function(*args)),
    "trio": trio.run,
}


def slow(request: SeenRequest) -> Iterator[Step]:
    yield HEAD
    for word in ("one ", "two ", "three "):
        frame = sse({"choices": [{"index": 0, "delta": {"content": word}}]})
        yield b"%x\r\n%b\r\n" % (len(frame), frame)
        yield Pause(0.05)
    last = sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, done=True)
    yield b"%x\r\n%b\r\n0\r\n\r\n" % (len(last), last)


@pytest.fixture
def client() -> Iterator[Chimeric]:
    with LoopbackServer(slow) as server, Chimeric(base_url=server.url, api_key=KEY) as client:
        yield client


async def opened(client: Chimeric, native: bool = False) -> Any:
    return await client.agenerate("compatible:m", "x", stream=True, native=native)


async def first_of(client: Chimeric) -> Any:
    stream = await opened(client)
    chunk = await anext(stream)
    assert chunk.delta == "one "
    return stream


async def listed(stream: AsyncStream[Any]) -> list[Any]:
    return [item async for item in stream]


async def step(stream: AsyncStream[Any]) -> Any:
    return await anext(stream)


READERS: dict[str, Callable[[AsyncStream[Any]], Coroutine[Any, Any, Any]]] = {
    "collect": lambda stream: stream.collect(),
    "async for": listed,
    "anext": step,
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize("begin", [opened, first_of], ids=["unread", "begun"])
def test_a_stream_that_outlives_its_loop_says_so(
    client: Chimeric, begin: Any, reader: Any, run: Any
) -> None:
    stream = run(begin, client)
    with pytest.raises(StreamInterruptedError, match="event loop") as caught:
        run(reader, stream)
    error = caught.value
    assert error.provider == "compatible"
    assert error.model == "m"
    assert not error.retryable
    assert error.partial is not None
    assert error.partial.content == ("one " if begin is first_of else "")
    with pytest.raises(StreamInterruptedError):
        run(reader, stream)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_native_events_of_a_lost_loop_are_an_error_too(client: Chimeric, run: Any) -> None:
    stream = run(opened, client, True)
    with pytest.raises(StreamInterruptedError):
        run(listed, stream)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_an_iteration_that_was_begun_on_the_lost_loop_says_so(client: Chimeric, run: Any) -> None:
    iterations: list[Any] = []

    async def begin() -> Any:
        stream = await opened(client)
        iterations.append(aiter(stream))
        await anext(iterations[0])
        return stream

    stream = run(begin)
    with pytest.raises(StreamInterruptedError):
        run(step, iterations[0])
    del stream


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_stream_that_was_closed_or_read_to_its_end_is_no_error_on_another_loop(
    client: Chimeric, run: Any
) -> None:
    async def closed() -> Any:
        stream = await first_of(client)
        await stream.aclose()
        return stream

    async def read() -> Any:
        stream = await opened(client)
        await stream.collect()
        return stream

    async def left() -> Any:
        stream = await opened(client)
        async for _ in stream:
            break
        await anyio.sleep(0.1)  # what a loop over it leaves is closed by a task of the loop
        return stream

    for function in (closed, read, left):
        stream = run(function)
        assert run(listed, stream) == []


def test_a_lost_stream_leaves_nothing_behind(client: Chimeric) -> None:
    stream = asyncio.run(first_of(client))
    del stream
    gc.collect()


CARELESS = """
import asyncio, sys
from chimeric import Chimeric, StreamInterruptedError

client = Chimeric(base_url=sys.argv[1], api_key="sk-protocols-0123456789")

async def opened():
    return await client.agenerate("compatible:m", "x", stream=True)

for closed in (True, False):
    loop = asyncio.new_event_loop()
    stream = loop.run_until_complete(opened())
    if closed:
        loop.close()
    try:
        print("no error:", asyncio.run(stream.collect()))
    except StreamInterruptedError as error:
        print("event loop" in error.message and error.partial is not None)
"""


def test_a_stream_of_a_loop_that_finished_nothing_says_so_too() -> None:
    # In a process of its own: asyncio complains of what such a loop leaves, and rightly.
    with LoopbackServer(slow) as server:
        told = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", CARELESS, server.url],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert told.stdout.split() == ["True", "True"], told.stderr
