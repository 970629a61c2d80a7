"""However a stream is left, its connection is closed within a second and nothing is left over."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from chimeric_testing import LoopbackServer

from chimeric import (
    Chimeric,
    ConcurrentUseError,
    ConfigurationError,
    StreamInterruptedError,
    Timeout,
)

from .dialects import KEY
from .loops import LOOPS
from .streams import ASK, all_given_up, busy, client_of, echo, endless, mute, quiet, silent

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(endless) as server:
        yield server


def still_good(client: Chimeric, server: LoopbackServer) -> None:
    """The client's pool works after what happened."""
    server._handler = echo
    assert client.generate(**ASK).collect().content == "Hello " * 40


# --- sync ---


def test_break_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        for chunk in stream:
            if chunk.content.startswith("one two"):
                break
        assert all_given_up(server)
        assert stream.response.content.startswith("one two")
        assert server.aborted == 1
        still_good(client, server)


def test_close_is_immediate_and_idempotent(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        next(stream)
        stream.close()
        assert all_given_up(server)
        stream.close()
        assert list(stream) == []
        assert stream.response.content == "one "
        still_good(client, server)


def test_close_before_the_first_chunk_and_after_the_end(server: LoopbackServer) -> None:
    with client_of(server) as client:
        client.generate(**ASK).close()
        assert all_given_up(server)
        server._handler = echo
        stream = client.generate(**ASK)
        stream.collect()
        stream.close()
        stream.close()
        assert stream.response.finish_reason == "stop"


def test_an_exception_in_the_loop_body_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        with pytest.raises(KeyError):
            for _ in client.generate(**ASK):
                raise KeyError("the caller's own")
        assert all_given_up(server)
        still_good(client, server)


def test_keyboard_interrupt_passes_and_closes_the_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        with pytest.raises(KeyboardInterrupt), client.generate(**ASK) as stream:
            next(stream)
            raise KeyboardInterrupt
        assert all_given_up(server)
        still_good(client, server)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals to threads are needed")
def test_an_interrupt_in_a_blocked_read_passes_and_closes_the_connection() -> None:
    with LoopbackServer(silent) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        main = threading.main_thread().ident
        assert main is not None
        threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            for _ in stream:
                pass
        assert all_given_up(server)
        assert stream.response.content == "one two three "
        still_good(client, server)


def test_a_dropped_stream_closes_its_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        stream = client.generate(**ASK)
        next(stream)
        del stream
        assert all_given_up(server)
        still_good(client, server)


def test_a_stream_in_a_reference_cycle_closes_its_connection(server: LoopbackServer) -> None:
    with client_of(server) as client:
        holder: dict[str, Any] = {"stream": client.generate(**ASK)}
        holder["self"] = holder
        next(holder["stream"])
        del holder
        assert all_given_up(server)


def test_closing_the_client_closes_its_streams(server: LoopbackServer) -> None:
    client = client_of(server)
    stream = client.generate(**ASK)
    next(stream)
    client.close()
    assert all_given_up(server)
    with pytest.raises(StreamInterruptedError):
        for _ in stream:
            pass
    assert stream.response.content.startswith("one ")


def test_a_closed_client_says_so(server: LoopbackServer) -> None:
    client = client_of(server)
    client.close()
    client.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.generate(**ASK)
    with pytest.raises(ConfigurationError, match="closed"):
        asyncio.run(client.agenerate(**ASK))
    assert server.requests == []


@pytest.mark.parametrize("handler", [silent, quiet], ids=["in-mid-stream", "before-the-first-byte"])
@pytest.mark.parametrize("what", ["stream", "client"])
def test_closing_from_another_thread_ends_a_blocked_read(what: str, handler: Any) -> None:
    with LoopbackServer(handler) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        if handler is silent:
            assert [next(stream).delta for _ in range(3)] == ["one ", "two ", "three "]
        timer = threading.Timer(0.2, stream.close if what == "stream" else client.close)
        timer.start()
        began = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="closed") as caught:
            next(stream)
        timer.join()
        assert time.monotonic() - began < 1.5
        assert not caught.value.retryable
        assert caught.value.partial is not None
        assert all_given_up(server)
        assert len(server.requests) == 1  # what was closed is not tried again


def test_closing_the_client_ends_a_wait_between_tries() -> None:
    with LoopbackServer(busy) as server, client_of(server) as client:
        threading.Timer(0.2, client.close).start()
        began = time.monotonic()
        with pytest.raises(StreamInterruptedError, match="closed"):
            client.generate(**ASK)
        assert time.monotonic() - began < 1.5
        assert len(server.requests) == 1


def test_a_stream_abandoned_in_another_thread_closes_its_connection(
    server: LoopbackServer,
) -> None:
    with client_of(server) as client:

        def work() -> None:
            next(client.generate(**ASK))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert all_given_up(server)
        still_good(client, server)


def test_a_slow_consumer_does_not_make_the_client_read_ahead() -> None:
    sent = 0

    def flood(request: Any) -> Any:
        nonlocal sent
        from .streams import HEAD, piece

        block = piece("x" * 1000) * 64
        yield HEAD
        for _ in range(4000):
            sent += len(block)
            yield block

    with LoopbackServer(flood) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        for _ in range(3):
            next(stream)
            time.sleep(0.3)
        assert sent < 32 * 1024 * 1024  # what the buffers of both sockets hold, of 270 MB
        stream.close()
        assert all_given_up(server)


def test_many_streams_leave_nothing_over() -> None:
    with LoopbackServer(echo) as server, client_of(server) as client:
        client.generate(**ASK).collect()
        gc.collect()
        before = threading.active_count(), open_files()
        for number in range(600):
            stream = client.generate(**ASK)
            if number % 10:
                stream.collect()
            else:
                next(stream)
                stream.close()
        del stream
        gc.collect()
        time.sleep(0.1)
        assert open_files() <= before[1] + 2  # the server's own end of a connection may linger
        # The server has a thread for each connection; the client has none of its own.
        assert threading.active_count() <= before[0] + 1
    assert server.open == 0


def garbage(work: Callable[[], None]) -> list[object]:
    """What only the garbage collector finds after some work."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return list(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.usefixtures("each_loop")
def test_a_stream_that_ended_leaves_nothing_for_the_garbage_collector() -> None:
    async def several(client: Chimeric) -> None:
        for _ in range(20):
            await (await client.agenerate(**ASK)).collect()

    with LoopbackServer(echo) as server, client_of(server) as client, asyncio.Runner() as runner:

        def work() -> None:
            for _ in range(20):
                client.generate(**ASK).collect()
            runner.run(several(client))

        work()
        found = garbage(work)
        runner.run(client.aclose())
    modules = {type(one).__module__.partition(".")[0] for one in found}
    assert not modules & {"chimeric", "chimeric_chat_completions", "httpx", "httpcore"}, found


def open_files() -> int:
    return len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0


def test_thirty_two_threads_on_one_client_do_not_mix() -> None:
    with LoopbackServer(echo) as server, client_of(server) as client:
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(4):
                question = f"{number}-{turn}"
                text = client.generate(**{**ASK, "messages": question}).collect().content
                if text != f"{question} " * 40:
                    wrong.append(text)

        workers = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert wrong == []
        assert len(server.requests) == 128


def test_one_stream_in_two_threads_is_refused() -> None:
    with LoopbackServer(silent) as server, client_of(server) as client:
        stream = client.generate(**ASK)
        for _ in range(3):
            next(stream)
        ended: list[BaseException] = []

        def read() -> None:
            try:
                next(stream)
            except BaseException as error:
                ended.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(0.2)
        with pytest.raises(ConcurrentUseError):
            next(stream)
        with pytest.raises(ConcurrentUseError):
            stream.collect()
        reader.join(0.3)
        assert reader.is_alive()  # nothing happened to the one who came first
        assert server.open == 1
        assert stream.response.content == "one two three "
        stream.close()
        reader.join(2)
        assert not reader.is_alive()


@pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy])
def test_clients_and_streams_cannot_be_pickled_or_copied(
    copier: Callable[[Any], Any], server: LoopbackServer
) -> None:
    with client_of(server) as client, client.generate(**ASK) as stream:
        for thing in (client, stream):
            with pytest.raises(TypeError, match="cannot be"):
                copier(thing)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_gets_its_own_connections(server: LoopbackServer) -> None:
    server._handler = echo
    script = f"""
import os, sys
from chimeric import Chimeric
client = Chimeric(openai_api_key={KEY!r}, openai_base_url={server.url!r})
ask = {ASK!r}
assert client.generate(**ask).collect().content == "Hello " * 40
stream = client.generate(**ask)
next(stream)
child = os.fork()
if child == 0:
    ok = client.generate(**ask).collect().content == "Hello " * 40
    os._exit(0 if ok else 1)
_, status = os.waitpid(child, 0)
assert status == 0, status
assert stream.collect().content == "Hello " * 40
assert client.generate(**ask).collect().content == "Hello " * 40
"""
    done = run_script(script)
    assert (done.returncode, done.stderr) == (0, "")


# --- interpreter and loops ---


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "always", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


EXITS = {
    "sync": "stream = client.generate(**ask); next(stream)",
    "sync loop": "for chunk in client.generate(**ask): break",
    "async": """
async def main():
    global stream
    stream = await client.agenerate(**ask)
    await anext(stream)
asyncio.run(main())""",
    "async loop": """
async def main():
    global stream
    stream = await client.agenerate(**ask)
    async for chunk in stream:
        break
asyncio.run(main())""",
    "async left in a task": """
async def work():
    async for chunk in await client.agenerate(**ask):
        pass
async def main():
    asyncio.ensure_future(work())
    await asyncio.sleep(0.3)
asyncio.run(main())""",
    "closed client": "stream = client.generate(**ask); next(stream); client.close()",
}


@pytest.mark.parametrize("body", EXITS.values(), ids=EXITS)
def test_an_interpreter_that_exits_with_an_open_stream_is_silent(
    body: str, server: LoopbackServer
) -> None:
    done = run_script(
        "import asyncio\nfrom chimeric import Chimeric\n"
        f"client = Chimeric(openai_api_key={KEY!r}, openai_base_url={server.url!r})\n"
        f"ask = {ASK!r}\n{body}\n"
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")
    assert all_given_up(server)


@pytest.mark.usefixtures("each_loop")
def test_a_client_is_good_for_a_second_event_loop() -> None:
    with LoopbackServer(echo) as server:
        client = client_of(server)

        async def ask() -> str:
            stream = await client.agenerate(**ASK)
            return str((await stream.collect()).content)

        for _ in range(3):
            assert asyncio.run(ask()) == "Hello " * 40
        assert client.generate(**ASK).collect().content == "Hello " * 40
        client.close()


@pytest.mark.usefixtures("each_loop")
def test_a_stream_of_a_closed_loop_is_dropped_without_a_sound(server: LoopbackServer) -> None:
    client = client_of(server)

    async def begin() -> Any:
        stream = await client.agenerate(**ASK)
        await anext(stream)
        return stream

    stream = asyncio.run(begin())
    del stream
    assert all_given_up(server)
    client.close()


@pytest.mark.usefixtures("each_loop")
def test_the_sync_interface_works_inside_a_running_loop(server: LoopbackServer) -> None:
    server._handler = echo

    async def main() -> None:
        with client_of(server) as client:
            assert client.generate(**ASK).collect().content == "Hello " * 40

    asyncio.run(main())


# --- asyncio ---


@contextlib.asynccontextmanager
async def no_tasks_left() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == before


async def given_up(server: LoopbackServer) -> bool:
    gc.collect()
    return await asyncio.to_thread(server.wait_closed, 1.0)


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
        await asyncio.wait_for(reader, 1)
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
        await asyncio.wait_for(reader, 1)
    assert not other.done()  # nothing happened to the one who came first
    with pytest.raises(ConcurrentUseError):
        async for _ in stream:
            pass
    await stream.aclose()
    with pytest.raises(StreamInterruptedError, match="closed"):
        await asyncio.wait_for(other, 1)
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
