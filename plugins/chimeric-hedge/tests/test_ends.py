"""How a hedge is left, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
import time
from typing import Any

import anyio
import pytest
import trio
from chimeric_hedge import Hedge, Race

from chimeric import ChimericError, StreamInterruptedError

from .conftest import Server, run


def threads() -> list[str]:
    """Threads of a hedge that still run, a moment later."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        names = [t.name for t in threading.enumerate() if t.name == "chimeric-hedge"]
        if not names:
            return []
        time.sleep(0.01)
    return names


def when_asked(server: Server, count: int, do: Any) -> threading.Thread:
    """Do something as soon as so many requests were heard."""

    def wait() -> None:
        while len(server.asked) < count:
            time.sleep(0.005)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("model", ["silent", "mute"])
def test_closing_the_client_ends_a_call_while_both_wait(server: Server, model: str) -> None:
    hedge = server.hedge(model, "silent-2")
    closer = when_asked(server, 2, hedge.client.close)
    with pytest.raises(ChimericError):
        hedge.generate(f"compatible:{model}", "Hi", stream=True)
    closer.join()
    assert server.closed_early == 2
    assert threads() == []


@pytest.mark.parametrize("model", ["silent", "mute"])
@pytest.mark.parametrize("stream", [True, False])
def test_cancelling_ends_both_while_they_wait(server: Server, model: str, stream: bool) -> None:
    async def main() -> None:
        async with server.client() as client:
            hedge = Hedge(client, {f"compatible:{model}": ["compatible:silent-2"]}, delay=0.02)
            with anyio.move_on_after(60) as scope:
                async with anyio.create_task_group() as tasks:

                    async def cancel() -> None:
                        while len(server.asked) < 2:
                            await anyio.sleep(0.005)
                        scope.cancel()

                    tasks.start_soon(cancel)
                    await hedge.agenerate(f"compatible:{model}", "Hi", stream=stream)
            assert scope.cancelled_caught
            if asyncio_runs():
                assert len(asyncio.all_tasks()) == 1
        assert server.closed_early == 2

    run("asyncio", main)
    server.loopback.aborted = 0
    server.asked_again()
    run("trio", main)


def asyncio_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def test_a_task_that_is_cancelled_leaves_no_other(server: Server) -> None:
    async def main() -> None:
        async with server.client() as client:
            race = Race(client, {"compatible:silent": ["compatible:mute"]})
            task = asyncio.create_task(race.agenerate("compatible:silent", "Hi", stream=True))
            while len(server.asked) < 2:
                await asyncio.sleep(0.005)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert task.cancelled()
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert server.closed_early == 2


def test_no_task_is_left_when_the_answer_has_begun(server: Server) -> None:
    async def main() -> None:
        async with server.client() as client:
            hedge = Hedge(client, {"compatible:mute": ["compatible:together"]}, delay=0.02)
            stream = await hedge.agenerate("compatible:mute", "Hi", stream=True)
            assert len(asyncio.all_tasks()) == 1
            await stream.collect()

    asyncio.run(main())
    assert server.closed_early == 1


def test_a_loop_that_is_left_closes_the_stream(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:mute": ["compatible:endless"]}, delay=0.02)
        for chunk in hedge.generate("compatible:mute", "Hi", stream=True):
            if chunk.delta:
                break
        assert server.loopback.wait_idle()
    assert threads() == []


def test_an_asynchronous_loop_that_is_left_closes_the_stream(server: Server) -> None:
    async def main() -> None:
        async with server.client() as client:
            hedge = Hedge(client, {"compatible:mute": ["compatible:endless"]}, delay=0.02)
            stream = await hedge.agenerate("compatible:mute", "Hi", stream=True)
            async for chunk in stream:
                if chunk.delta:
                    break
            gc.collect()
            while server.loopback.answering:
                await anyio.sleep(0.005)

    run("asyncio", main)
    run("trio", main)


def test_a_stream_that_is_dropped_is_closed_without_the_collector(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:mute": ["compatible:endless"]}, delay=0.02)
        gc.disable()
        try:
            stream = hedge.generate("compatible:mute", "Hi", stream=True)
            assert next(stream) is not None
            del stream
            assert server.loopback.wait_idle()
        finally:
            gc.enable()


def test_a_stream_that_is_not_read_is_closed(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:mute": ["compatible:endless"]}, delay=0.02)
        hedge.generate("compatible:mute", "Hi", stream=True).close()
        assert server.loopback.wait_idle()


def test_a_winner_may_be_closed_from_another_thread(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:mute": ["compatible:stalls"]}, delay=0.02)
        stream = hedge.generate("compatible:mute", "Hi", stream=True)
        assert next(stream) is not None
        closer = threading.Timer(0.5, stream.close)
        closer.start()
        with pytest.raises(StreamInterruptedError) as caught:
            for _ in stream:
                pass
        closer.join()
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Once "


def test_keyboard_interrupt_ends_both(server: Server) -> None:
    main = threading.main_thread().ident
    assert main is not None
    hedge = server.hedge("silent", "mute")
    interrupter = when_asked(server, 2, lambda: signal.pthread_kill(main, signal.SIGINT))
    with hedge.client, pytest.raises(KeyboardInterrupt):
        hedge.generate("compatible:silent", "Hi")
    interrupter.join()
    assert server.closed_early == 2
    assert threads() == []


def test_threads_share_a_hedge(server: Server) -> None:
    hedge = server.hedge("silent", "good", max_extra=1)
    told: list[str] = []

    def work() -> None:
        for _ in range(4):
            told.append(hedge.generate("compatible:silent", "Hi").content)

    workers = [threading.Thread(target=work) for _ in range(6)]
    with hedge.client:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert told == ["good says so"] * 24
    assert server.loopback.wait_idle()
    assert threads() == []


def test_loops_share_a_hedge(server: Server) -> None:
    hedge = server.hedge("silent", "good", max_extra=1)

    async def main() -> None:
        async def one() -> None:
            assert (await hedge.agenerate("compatible:silent", "Hi")).content == "good says so"

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(one)

    asyncio.run(main())
    trio.run(main)
    hedge.client.close()
