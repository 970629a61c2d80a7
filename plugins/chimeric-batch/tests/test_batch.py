"""Many requests at once, against the simulator."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import trio
from chimeric_batch import BatchResult, agenerate_many, generate_many

from chimeric import ConfigurationError, Message, ProviderNotFoundError

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")

SLOW = {"rate": 20, "tokens": 1200}


def eventually(check: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def contents(results: list[BatchResult]) -> dict[str | int, str]:
    return {r.id: r.response.content for r in results if r.response is not None}


def run_async(runner: str, main: Callable[[], object]) -> None:
    if runner == "trio":
        trio.run(main)
    else:
        asyncio.run(main())  # type: ignore[arg-type]


runners = pytest.mark.parametrize("runner", ["asyncio", "trio"])


def test_every_request_gets_one_result_with_its_id_and_place(client):
    requests = [{"id": "a", "messages": "one"}, "two", Message("user", "three")]
    results = list(generate_many(client, requests, model="sim:echo", concurrency=2))
    assert contents(results) == {"a": "one", 1: "two", 2: "three"}
    assert sorted(r.index for r in results) == [0, 1, 2]
    assert all(r.error is None for r in results)


def test_a_failing_request_is_a_value_and_the_others_go_on(client):
    requests = ["good", {"messages": []}, {"model": "nobody:x", "messages": "hi"}, 5, "fine"]
    results = {r.index: r for r in generate_many(client, requests, model="sim:echo")}
    assert contents(list(results.values())) == {0: "good", 4: "fine"}
    assert isinstance(results[1].error, ConfigurationError)
    assert isinstance(results[2].error, ProviderNotFoundError)
    assert results[3].error is not None


def test_a_request_without_a_model_says_so(client):
    (result,) = generate_many(client, ["hi"])
    assert "no model" in str(result.error)


def test_a_whole_answer_can_be_asked_for(client, sim):
    (result,) = generate_many(client, ["hi"], model="sim:echo", stream=False)
    assert result.response.content == "hi"
    assert not sim.requests[-1].body.get("stream")


def test_requests_are_read_only_when_there_is_room(client):
    read = []

    def requests() -> Iterator[str]:
        for number in range(30):
            read.append(number)
            yield str(number)

    results = generate_many(client, requests(), model="sim:echo", concurrency=3)
    for count, _ in enumerate(results, 1):
        assert len(read) <= count + 3
    assert len(read) == 30


def test_no_more_requests_run_at_once_than_allowed(client, sim):
    requests = [str(n) for n in range(12)]
    seen, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            seen.append(sim.traffic.streaming)

    watching = threading.Thread(target=watch)
    watching.start()
    done = list(
        generate_many(client, requests, model="sim:story", concurrency=4, rate=50, tokens=20)
    )
    over.set()
    watching.join()
    assert len(done) == 12
    assert 2 <= max(seen) <= 4


def test_closing_the_generator_ends_what_is_under_way(client, sim):
    results = generate_many(
        client, [{"messages": "quick", "model": "sim:echo"}, *(["slow"] * 6)],
        model="sim:story", concurrency=4, **SLOW,
    )  # fmt: skip
    next(results)
    eventually(lambda: sim.traffic.streaming >= 3)
    began = time.monotonic()
    results.close()
    assert time.monotonic() - began < 20
    eventually(lambda: sim.traffic.streaming == 0)
    eventually(lambda: not _workers())
    assert len(sim.requests) <= 5, "an aborted request was sent again"


def _workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "chimeric-batch"]


def test_a_failing_source_raises_after_the_results_before_it(client):
    def requests() -> Iterator[str]:
        yield "one"
        yield "two"
        raise OSError("the disk is gone")

    results = generate_many(client, requests(), model="sim:echo")
    assert contents([next(results), next(results)]) == {0: "one", 1: "two"}
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


@pytest.mark.parametrize("wrong", [0, -1, True, 2.5, "8"])
def test_a_concurrency_that_is_no_number_is_refused_at_once(client, wrong):
    with pytest.raises(ConfigurationError, match="concurrency"):
        generate_many(client, ["hi"], concurrency=wrong)


@runners
def test_async_results_come_from_any_iterable(client, runner):
    async def requests() -> AsyncIterator[dict[str, object]]:
        for number in range(10):
            yield {"id": f"n{number}", "messages": str(number)}

    async def main() -> None:
        for source in (requests(), [{"id": f"n{n}", "messages": str(n)} for n in range(10)]):
            results = [
                r async for r in agenerate_many(client, source, model="sim:echo", concurrency=3)
            ]
            assert contents(results) == {f"n{n}": str(n) for n in range(10)}
        await client.aclose()

    run_async(runner, main)


@runners
def test_async_requests_are_read_only_when_there_is_room(client, runner):
    read = []

    async def requests() -> AsyncIterator[str]:
        for number in range(20):
            read.append(number)
            yield str(number)

    async def main() -> None:
        count = 0
        async with agenerate_many(client, requests(), model="sim:echo", concurrency=3) as results:
            async for _ in results:
                count += 1
                assert len(read) <= count + 3
        assert len(read) == 20
        await client.aclose()

    run_async(runner, main)


@runners
def test_async_failures_are_values_and_a_failing_source_raises_last(client, runner):
    def requests() -> Iterator[object]:
        yield {"messages": []}
        yield "fine"
        raise OSError("gone")

    async def main() -> None:
        results = agenerate_many(client, requests(), model="sim:echo")
        seen = [await anext(results), await anext(results)]
        assert contents(seen) == {1: "fine"}
        with pytest.raises(OSError, match="gone"):
            await anext(results)
        await client.aclose()

    run_async(runner, main)


@runners
@pytest.mark.parametrize("way", ["aclose", "break", "cancel"])
def test_async_leaving_early_ends_what_is_under_way(client, sim, runner, way):
    import anyio

    async def leave() -> None:
        first = {"messages": "quick", "model": "sim:echo"}
        results = agenerate_many(
            client, [first, *(["slow"] * 6)], model="sim:story", concurrency=4, **SLOW
        )
        async for _ in results:
            break
        while sim.traffic.streaming < 3:
            await anyio.sleep(0.01)
        if way == "aclose":
            await results.aclose()
            with pytest.raises(StopAsyncIteration):
                await anext(results)
        elif way == "cancel":
            with anyio.move_on_after(0.05):
                async with results:
                    await anext(results)

    async def main() -> None:
        await leave()
        gc.collect()
        with anyio.fail_after(30):
            while sim.traffic.streaming:
                await anyio.sleep(0.01)
        assert len(sim.requests) <= 5
        await client.aclose()

    run_async(runner, main)
