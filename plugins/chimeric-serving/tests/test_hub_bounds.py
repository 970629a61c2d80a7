"""Bounds of calls and stores, and many, slow and absent readers."""

from __future__ import annotations

import math
import time
from typing import Any

import anyio
import pytest

from chimeric import (
    Chimeric,
    ChimericError,
    ProtocolError,
    RequestTimeoutError,
    StreamChunk,
    Timeout,
)

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_serving import (
    MemoryStore,
    StreamHub,
    StreamLostError,
    StreamNotFoundError,
    StreamStoppedError,
)

from .hub_app import WORDS, counting, read, run, words

pytestmark = pytest.mark.slow

TEXT = "".join(WORDS)


@pytest.mark.parametrize(
    ("limits", "kind", "said"),
    [
        ({"max_events": 7}, ProtocolError, 7),
        ({"max_bytes": 500}, ProtocolError, None),
        ({"total": 1.0}, RequestTimeoutError, None),
    ],
)
def test_what_goes_past_a_bound_ends_with_an_error(
    limits: dict[str, Any], kind: type[ChimericError], said: int | None, backend: str, store: Any
) -> None:
    async def main() -> None:
        async with StreamHub(store, **limits) as hub:
            *texts, error = await counting(hub, await hub.start(words(0.05)))
            assert 0 < len(texts) < len(WORDS)
            assert said in (None, len(texts))
            assert type(error) is kind
            limit = next(iter(limits))
            assert limit in (getattr(error, "limit", None), getattr(error, "phase", None))

    run(backend, main)


def test_a_call_s_own_total_wins(backend: str, store: Any) -> None:
    from chimeric import Timeout

    async def main() -> None:
        async with Chimeric() as client, StreamHub(store, total=60) as hub:
            for own in ({"total": 0.2}, {"timeout": Timeout(total=0.2)}):
                ask: dict[str, Any] = {"stream": True, "rate": 20, "tokens": 500, **own}
                key = await hub.start(client.agenerate, "sim:story", "Hi", **ask)
                _, error = await read(hub, key)
                assert isinstance(error, RequestTimeoutError)
                assert error.phase == "total"

    run(backend, main)


def test_without_a_reader_a_call_goes_on_or_is_stopped_as_set(backend: str, store: Any) -> None:
    async def main() -> None:
        async with StreamHub(store, orphan=0.4, lease=0.4) as hub:
            left = await hub.start(words(0.05))
            kept = await hub.start(words(0.05))
            text, end = await read(hub, kept)
            assert (text, end) == (TEXT, "stop")
            text, error = await read(hub, left)
            assert TEXT.startswith(text)
            assert text not in ("", TEXT)
            assert isinstance(error, StreamStoppedError)
        async with StreamHub(store, lease=0.2) as hub:
            key = await hub.start(words(0.02))
            while (await hub.head(key)).state == "live":
                await anyio.sleep(0.02)
            assert await read(hub, key) == (TEXT, "stop")

    run(backend, main)


@pytest.mark.parametrize("pause", [0.3, 1.5])
def test_a_machine_that_stood_still_has_lost_no_producer(
    backend: str, store: Any, pause: float
) -> None:
    async def main() -> None:
        async with StreamHub(store, lease=0.5) as hub, StreamHub(store, lease=0.5) as other:
            key = await hub.start(words(pause, most=4))
            ends: list[Any] = []

            async def one() -> None:
                ends.append(await read(other, key))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(one)
                for _ in range(4):
                    await anyio.sleep(0.11)
                    time.sleep(1.2)  # nothing of this process runs, for more than two leases
            assert ends == [("".join(WORDS[:4]), "stop")]

    run(backend, main)


def test_another_hub_reads_and_stops_and_its_readers_count(backend: str, store: Any) -> None:
    async def main() -> None:
        async with (
            StreamHub(store, orphan=0.6, lease=0.6) as hub,
            StreamHub(store, lease=0.6) as other,
        ):
            key = await hub.start(words(0.05))
            ends: list[Any] = []

            async def one() -> None:
                ends.append(await read(other, key))

            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(one)
            assert ends == [(TEXT, "stop")] * 3
            key = await hub.start(words(0.05))
            async with await other.join(key) as reader:
                await anext(reader)
                assert await other.stop(key)
                with pytest.raises(StreamStoppedError):
                    async for _ in reader:
                        pass

    run(backend, main)


def test_a_reader_that_reads_nothing_holds_up_nobody_and_has_it_all_later(
    backend: str, store: Any
) -> None:
    async def much() -> Any:
        for number in range(3000):
            yield StreamChunk(f"{number:05} " * 20).replace(block=0)
        yield StreamChunk(finish_reason="stop")

    async def main() -> None:
        async with StreamHub(store) as hub:
            key = await hub.start(much())
            async with await hub.join(key) as slow, await hub.join(key) as slower:
                first = await anext(slow)
                while (await hub.head(key)).state == "live":
                    await anyio.sleep(0.02)
                assert len(slow._tail._values) < 1000  # what is kept for the late is bounded
                rest = [chunk async for chunk in slow]
                assert first.delta == "00000 " * 20
                assert [chunk.delta for chunk in rest[:2]] == ["00001 " * 20, "00002 " * 20]
                assert len([chunk async for chunk in slower]) == len(rest) + 1 == 3001

    run(backend, main)


def test_two_thousand_readers_read_one_stream() -> None:
    async def main() -> None:
        async with StreamHub() as hub:
            key = await hub.start(words(0.2, most=8))
            ends: list[Any] = []

            async def one() -> None:
                ends.append(await read(hub, key))

            async with anyio.create_task_group() as tasks:
                for _ in range(2000):
                    tasks.start_soon(one)
            assert ends == [("".join(WORDS[:8]), "stop")] * 2000

    run("asyncio", main)


def test_what_expires_is_gone_and_takes_no_memory(backend: str) -> None:
    async def main() -> None:
        store = MemoryStore(max_bytes=10_000)
        async with StreamHub(store, ttl=1.0, lease=0.2) as hub:
            key = await hub.start(words())
            assert await read(hub, key) == (TEXT, "stop")
            late = await hub.join(key)
            await anyio.sleep(1.1)
            with pytest.raises(StreamNotFoundError):
                await anext(late)
            with pytest.raises(StreamNotFoundError):
                await hub.join(key)
            for _ in range(4):  # each takes more than half of the room
                await anyio.sleep(1.1)
                assert (await read(hub, await hub.start(words())))[1] == "stop"

    run(backend, main)


def test_a_memory_that_is_full_ends_the_call_and_forgets_what_has_ended_first(backend: str) -> None:
    async def main() -> None:
        store = MemoryStore(max_bytes=12_000)
        async with StreamHub(store, lease=0.3) as hub:
            old = await hub.start(words())
            assert (await read(hub, old))[1] == "stop"
            new = await hub.start(words())
            assert (await read(hub, new))[1] == "stop"
            with pytest.raises(StreamNotFoundError):
                await hub.join(old)
        small = MemoryStore(max_bytes=4_000)
        async with StreamHub(small, lease=0.3) as hub:
            key = await hub.start(words(0.05))
            text, error = await read(hub, key)
            assert text not in ("", TEXT)
            assert TEXT.startswith(text)
            assert isinstance(error, StreamLostError)
            assert (await hub.head(key)).state in ("error", "lost")  # whoever saw it first

    run(backend, main)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"total": 0}, {"ttl": -1}, {"max_events": 0}, {"lease": 0}, {"orphan": 1.0}),
        *({"total": math.inf}, {"total": None}, {"total": math.nan}, {"ttl": math.inf}),
    ],
)
def test_a_limit_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        StreamHub(**wrong)


def test_a_call_cannot_be_without_a_total(backend: str, store: Any) -> None:
    async def main() -> None:
        async with StreamHub(store) as hub:
            for wrong in (math.inf, math.nan, 0):
                with pytest.raises(ValueError, match="total"):
                    await hub.start(words(), total=wrong)
            with pytest.raises(ValueError, match="total"):
                await hub.start(words(), timeout=Timeout(total=math.inf))

    run(backend, main)
