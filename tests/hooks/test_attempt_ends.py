"""``chimeric_attempt``: hooks are finished, however the caller leaves the attempt."""

from __future__ import annotations

import asyncio
import gc
import time
import warnings
from typing import Any

import anyio
import pytest

from chimeric import ChimericError, PluginWarning, Timeout

from .acme import Service
from .attempts import Around, left_by_break
from .modes import LOOPS, MODES, Way, run_on


@pytest.mark.parametrize("mode", MODES)
def test_a_loop_that_is_left_by_break_has_its_hooks_finished(service: Service, mode: str) -> None:
    around = Around(seconds=0.3)
    assert left_by_break(service.client(around), mode, around.done.is_set)
    (outcome,) = around.outcomes
    assert (outcome.status, outcome.error) == (200, None)
    assert around.early == [True]
    assert around.log[-1] == "a done"
    assert service.wait_closed()


@pytest.mark.parametrize("mode", MODES)
def test_a_hook_that_asks_for_more_than_a_second_then_is_given_up(
    service: Service, mode: str
) -> None:
    around = Around(seconds=60)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        began = time.monotonic()
        left_by_break(service.client(around), mode, lambda: len(caught) > 0)
        assert time.monotonic() - began < 20
    assert not around.done.is_set()
    told = [str(w.message) for w in caught if issubclass(w.category, PluginWarning)]
    assert len(told) == 1
    assert "'Around'" in told[0]
    assert "chimeric_attempt" in told[0]


@pytest.mark.parametrize("mode", MODES)
def test_all_hooks_together_have_the_second(service: Service, mode: str) -> None:
    many = [Around(seconds=0.3) for _ in range(5)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)
        began = time.monotonic()
        left_by_break(service.client(*many), mode, lambda: all(a.early for a in many))
        assert time.monotonic() - began < 20
    assert 1 <= sum(around.done.is_set() for around in many) <= 3
    assert [around.early for around in many] == [[True]] * 5  # each was told, in time or not


@pytest.mark.parametrize("mode", MODES)
def test_closing_waits_for_the_hooks(service: Service, mode: str) -> None:
    around = Around(seconds=0.2)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            stream = client.generate(**ask)
            next(stream)
            stream.close()
            assert around.done.is_set()
            assert stream.response.content == "Once "
        return

    async def main() -> None:
        async with client:
            stream = await client.agenerate(**ask)
            await anext(stream)
            await stream.aclose()
            assert around.done.is_set()
            assert stream.response.content == "Once "

    run_on(mode, main)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("how", ["scope", "task"])
def test_a_cancelled_reader_has_its_hooks_finished(service: Service, loop: str, how: str) -> None:
    if (loop, how) == ("trio", "task"):
        how = "scope"  # trio has no task.cancel()
    around = Around(seconds=0.3)

    async def main() -> None:
        async with service.client(around) as client, anyio.create_task_group() as group:

            async def read() -> None:
                stream = await client.agenerate("acme-silent", "Hi", stream=True)
                reader.set()
                await stream.collect()

            async def read_task() -> None:
                task = asyncio.create_task(read())
                await reader.wait()
                await anyio.sleep(0.1)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert around.done.is_set()

            reader = anyio.Event()
            if how == "task":
                await read_task()
                return
            group.start_soon(read)
            await reader.wait()
            await anyio.sleep(0.1)
            group.cancel_scope.cancel()
        assert around.done.is_set()

    run_on(loop, main)
    assert around.outcomes[0].error is None
    assert around.early == [True]
    assert service.wait_closed()


@pytest.mark.parametrize("mode", MODES)
def test_the_time_of_the_call_passes_and_its_hooks_finish(service: Service, mode: str) -> None:
    around = Around(seconds=0.3)
    with pytest.raises(ChimericError) as caught:
        Way(mode, stream=True).ask(
            service.client(around), "Hi", model="acme-silent", timeout=Timeout(total=1)
        )
    assert around.done.is_set()
    assert around.outcomes[0].error is caught.value
    assert around.early == [False]


@pytest.mark.parametrize("mode", MODES)
def test_a_dropped_stream_runs_a_hook_up_to_what_it_asks_for(service: Service, mode: str) -> None:
    around = Around(seconds=0.1)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            stream = client.generate(**ask)
            next(stream)
            del stream
            gc.collect()
    else:

        async def main() -> None:
            async with client:
                stream = await client.agenerate(**ask)
                await anext(stream)
                del stream
                gc.collect()
                await anyio.sleep(0.3)

        run_on(mode, main)
    assert service.wait_closed()
    assert around.early == [True]
    assert around.log == ["a before 0", "a after"]


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")  # trio tells of the drop
@pytest.mark.parametrize("mode", MODES)
def test_a_stream_in_a_cycle_is_dropped_the_same_way(service: Service, mode: str) -> None:
    around = Around(seconds=0.1)
    ask: dict[str, Any] = {"model": "acme-silent", "messages": "Hi", "stream": True}
    client = service.client(around)
    if mode == "sync":
        with client:
            holder: dict[str, Any] = {"stream": client.generate(**ask)}
            holder["self"] = holder
            next(holder["stream"])
            del holder
            gc.collect()
    else:

        async def main() -> None:
            async with client:
                holder: dict[str, Any] = {"stream": await client.agenerate(**ask)}
                holder["self"] = holder
                await anext(holder["stream"])
                del holder
                gc.collect()
                await anyio.sleep(0.3)

        run_on(mode, main)
    assert service.wait_closed()
    assert around.log == ["a before 0", "a after"]
