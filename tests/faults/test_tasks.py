"""However a stream is left in a task, its connection is closed and nothing is left over."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trio
from chimeric_testing import LoopbackServer

from chimeric import Chimeric, ConcurrentUseError, StreamInterruptedError, Timeout

from .loops import LOOPS
from .streams import ASK, all_given_up, busy, client_of, echo, endless, mute, quiet, silent


@contextlib.asynccontextmanager
async def no_tasks_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    until = time.monotonic() + 10
    while asyncio.all_tasks() != before and time.monotonic() < until:
        await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before


async def given_up(server: LoopbackServer) -> bool:
    gc.collect()
    return await asyncio.to_thread(server.wait_closed)


async def is_good(client: Chimeric, server: LoopbackServer) -> None:
    server._handler = echo
    stream = await client.agenerate(**ASK)
    assert (await stream.collect()).content == "Hello " * 40


def on_a_loop(
    test: Callable[[Chimeric, LoopbackServer], Any],
) -> Callable[[LoopbackServer, Any], None]:
    @pytest.mark.parametrize("loop", LOOPS.values(), ids=list(LOOPS))
    def run(server: LoopbackServer, loop: Any) -> None:
        async def main() -> None:
            async with client_of(server) as client, no_tasks_left():
                await test(client, server)

        with asyncio.Runner(debug=True, loop_factory=loop) as runner:
            runner.run(main())

    run.__name__ = test.__name__
    return run


@on_a_loop
async def test_async_break_closes_the_connection(client: Chimeric, server: LoopbackServer) -> None:
    stream = await client.agenerate(**ASK)
    async for chunk in stream:
        if chunk.content.startswith("one two"):
            break
    assert await given_up(server)
    assert stream.response.content.startswith("one two")
    await is_good(client, server)


@on_a_loop
async def test_async_close_is_idempotent(client: Chimeric, server: LoopbackServer) -> None:
    stream = await client.agenerate(**ASK)
    await anext(stream)
    await stream.aclose()
    await stream.aclose()
    assert await given_up(server)
    assert [chunk async for chunk in stream] == []
    await is_good(client, server)


@on_a_loop
async def test_a_dropped_async_stream_closes_its_connection(
    client: Chimeric, server: LoopbackServer
) -> None:
    stream = await client.agenerate(**ASK)
    await anext(stream)
    del stream
    assert await given_up(server)
    await is_good(client, server)


@on_a_loop
async def test_an_exception_in_an_async_loop_body_closes_the_connection(
    client: Chimeric, server: LoopbackServer
) -> None:
    with pytest.raises(KeyError):
        async for _ in await client.agenerate(**ASK):
            raise KeyError("the caller's own")
    assert await given_up(server)
    await is_good(client, server)


@on_a_loop
async def test_closing_the_client_ends_async_streams(
    client: Chimeric, server: LoopbackServer
) -> None:
    stream = await client.agenerate(**ASK)
    await anext(stream)
    await client.aclose()
    assert await given_up(server)
    with pytest.raises(StreamInterruptedError):
        async for _ in stream:
            pass


@on_a_loop
async def test_closing_from_another_task_ends_a_waiting_read(
    client: Chimeric, server: LoopbackServer
) -> None:
    server._handler = silent
    stream = await client.agenerate(**ASK)
    for _ in range(3):
        await anext(stream)
    reader = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    with pytest.raises(ConcurrentUseError):
        await anext(stream)
    with pytest.raises(ConcurrentUseError):
        await stream.collect()
    gc.collect()
    await asyncio.sleep(0.1)
    assert not reader.done()
    await stream.aclose()
    with pytest.raises(StreamInterruptedError, match="closed"):
        await asyncio.wait_for(reader, 20)
    assert await given_up(server)
    assert stream.response.content == "one two three "
    await is_good(client, server)


@on_a_loop
async def test_whoever_comes_second_to_an_async_stream_is_refused(
    client: Chimeric, server: LoopbackServer
) -> None:
    server._handler = silent
    stream = await client.agenerate(**ASK)
    third, other_reads = asyncio.Event(), asyncio.Event()

    async def loop() -> None:
        async for _ in stream:
            if stream.response.content == "one two three ":
                third.set()
                await other_reads.wait()

    reader = asyncio.create_task(loop())
    await third.wait()
    other = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.1)
    other_reads.set()
    with pytest.raises(ConcurrentUseError):
        await asyncio.wait_for(reader, 20)
    assert not other.done()  # nothing happened to the one who came first
    with pytest.raises(ConcurrentUseError):
        async for _ in stream:
            pass
    await stream.aclose()
    with pytest.raises(StreamInterruptedError, match="closed"):
        await asyncio.wait_for(other, 20)
    assert await given_up(server)


PHASES = {
    "while connecting": mute,
    "before the first byte": quiet,
    "in mid stream": silent,
    "between two tries": busy,
    "while data flows": endless,
}


@pytest.mark.usefixtures("each_loop")
@pytest.mark.parametrize("handler", PHASES.values(), ids=PHASES)
@pytest.mark.parametrize("means", ["cancel", "timeout"])
def test_cancellation_passes_and_closes_the_connection(means: str, handler: Any) -> None:
    async def main() -> None:
        with LoopbackServer(handler) as server:
            async with client_of(server, timeout=Timeout(gap=50, first=50)) as client:

                async def work() -> None:
                    async for _ in await client.agenerate(**ASK):
                        pass

                async with no_tasks_left():
                    if means == "timeout":
                        with pytest.raises(TimeoutError) as caught:
                            async with asyncio.timeout(0.8):
                                await work()
                        assert type(caught.value) is TimeoutError
                    else:
                        task = asyncio.create_task(work())
                        while not server.requests:
                            await asyncio.sleep(0.01)
                        await asyncio.sleep(0.2)
                        task.cancel()
                        with pytest.raises(asyncio.CancelledError):
                            await task
                assert len(server.requests) == 1
                if handler is not busy:
                    assert await given_up(server)
                await is_good(client, server)

    asyncio.run(main(), debug=True)


@pytest.mark.usefixtures("each_loop")
def test_a_task_cancelled_while_it_closes_still_closes() -> None:
    async def main() -> None:
        with LoopbackServer(silent) as server:
            async with client_of(server) as client:

                async def work() -> None:
                    stream = await client.agenerate(**ASK)
                    await anext(stream)
                    asyncio.current_task().cancel()  # type: ignore[union-attr]
                    await stream.aclose()

                task = asyncio.create_task(work())
                with pytest.raises(asyncio.CancelledError):
                    await task
                del task
                assert await given_up(server)
                await is_good(client, server)

    asyncio.run(main())


# --- trio ---


def test_trio_streams_cancels_and_runs_tools() -> None:
    from chimeric_testing.server import chunked

    from .streams import CHAT, HEAD, answer

    def handler(request: Any) -> Any:
        messages = request.json()["messages"]
        if messages[-1]["role"] == "tool":
            return answer([messages[-1]["content"]])
        if messages[-1]["content"] == "tools":
            calls = CHAT.calls([("c1", "double", ['{"n": ', "21}"])])
            script = CHAT.made_of(*calls, *CHAT.finish("tools"), *CHAT.terminal())
            return [HEAD, *chunked(script.frames())]
        return silent(request) if messages[-1]["content"] == "wait" else echo(request)

    async def double(n: int) -> int:
        await trio.sleep(0.01)
        return 2 * n

    async def main(server: LoopbackServer) -> None:
        async with client_of(server) as client:
            stream = await client.agenerate(**ASK)
            assert (await stream.collect()).content == "Hello " * 40
            stream = await client.agenerate(**{**ASK, "messages": "tools"}, tools=[double])
            response = await stream.collect()
            assert response.content == "42"
            assert response.finish_reason == "stop"
            with trio.move_on_after(0.3) as scope:
                async for _ in await client.agenerate(**{**ASK, "messages": "wait"}):
                    pass
            assert scope.cancelled_caught
            stream = await client.agenerate(**{**ASK, "messages": "wait"})
            await anext(stream)
            del stream
            gc.collect()
            await trio.sleep(0.1)

    with LoopbackServer(handler) as server:
        trio.run(main, server)
        assert all_given_up(server)
