"""What a hub costs: ``python -m tests.benchmarks.hub``; ``tests.benchmarks.serving`` draws it.

Counts the processor time of this process (all threads) for each chunk, beside encoding the same
chunks by hand; Redis works in a process of its own, whose time is told apart. And the memory of a
stream that is open, with a reader that waits.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from chimeric_serving import MemoryStore, RedisStore, SSEEncoder, StreamHub, encode
from chimeric_stores.redis_server import RedisServer

from chimeric import StreamChunk

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--chunks", type=int, default=2000)
arguments.add_argument("--open", type=int, default=1000, help="streams open at a time")
arguments.add_argument("--memory", help=argparse.SUPPRESS)

PACE = 0.002
"""Seconds between two chunks of a stream, unless they come in a burst."""


CASES = (
    "1 stream in one burst",
    "1 stream, a chunk every 2 ms",
    "50 streams, a chunk every 20 ms each",
)


async def words(count: int, pace: float) -> AsyncIterator[StreamChunk]:
    """An answer of so many chunks."""
    for number in range(count):
        if pace:
            await asyncio.sleep(pace)
        yield StreamChunk(f" word{number}").replace(block=0)
    yield StreamChunk(finish_reason="stop")


def by_hand(chunk: StreamChunk) -> bytes:
    """One event, with no library but the JSON encoder."""
    return b"data: %b\n\n" % msgspec.json.encode({"delta": chunk.delta})


async def hand_made(streams: int, count: int, pace: float) -> None:
    """Streams straight to the client, encoded by hand."""

    async def one() -> None:
        async for chunk in words(count, pace):
            by_hand(chunk)

    await asyncio.gather(*(one() for _ in range(streams)))


async def encoded(streams: int, count: int, pace: float) -> None:
    """Streams straight to the client, by the encoder."""

    async def one() -> None:
        async for _ in encode(words(count, pace), SSEEncoder()):
            pass

    await asyncio.gather(*(one() for _ in range(streams)))


async def through(
    store: Callable[[], Any], readers: int, streams: int, count: int, pace: float
) -> None:
    """Streams through a hub, each read and encoded by so many readers."""
    async with StreamHub(store()) as hub:

        async def read(key: str) -> None:
            async for _ in encode(await hub.join(key), SSEEncoder()):
                pass

        async with asyncio.TaskGroup() as group:
            for _ in range(streams):
                key = await hub.start(words(count, pace))
                for _ in range(readers):
                    group.create_task(read(key))


def measured(work: Callable[[], Any]) -> float:
    """Processor seconds of a coroutine function."""
    gc.collect()
    began = time.process_time()
    asyncio.run(work())
    return time.process_time() - began


def resident() -> int:
    """Bytes of memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def processor_time(pid: int) -> float:
    """Processor seconds of another process."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def memory(store: Any, streams: int) -> tuple[float, float]:
    """KiB that an open stream takes: without a reader, and what a reader that waits adds."""
    async with StreamHub(store) as hub:
        await (await hub.join(await hub.start(words(1, 0)))).__anext__()
        gc.collect()
        before = resident()
        keys = [await hub.start(words(1, 60)) for _ in range(streams)]
        await asyncio.sleep(3)
        gc.collect()
        alone = resident()
        readers = [await hub.join(key) for key in keys]
        tasks = [asyncio.create_task(_next(reader)) for reader in readers]
        await asyncio.sleep(3)
        gc.collect()
        read = resident()
        for task in tasks:
            task.cancel()
    return (alone - before) / streams / 1024, (read - alone) / streams / 1024


async def _next(reader: Any) -> None:
    await anext(reader)


def main() -> None:
    """Measure, and print the tables."""
    told = arguments.parse_args()
    if told.memory is None:
        print(table(*measured_all(told.chunks, told.open)))
        return
    store: Any = RedisStore(told.memory) if told.memory else MemoryStore()
    print(*asyncio.run(memory(store, told.open)))


def measured_all(
    chunks: int = 2000, streams: int = 1000
) -> tuple[dict[str, list[float]], dict[str, tuple[float, float]]]:
    """Of each way, microseconds of processor time per chunk in each of ``CASES``; of each store,
    KiB of an open stream, and of a reader that waits."""
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        asked: Any = redis.client
        figures = costs(chunks, redis.url, asked.info("server")["process_id"])
        return figures, {
            "memory": open_streams("", streams),
            "Redis": open_streams(redis.url, streams),
        }


def open_streams(place: str, streams: int) -> tuple[float, float]:
    """``memory`` of a store, in a process of its own: what is freed there is kept by a process."""
    command = [sys.executable, "-m", "tests.benchmarks.hub", f"--memory={place}"]
    told = subprocess.run(
        [*command, f"--open={streams}"], check=True, capture_output=True, text=True
    )
    stream, reader = map(float, told.stdout.split())
    return stream, reader


def costs(chunks: int, url: str, pid: int) -> dict[str, list[float]]:
    """Processor time; that of Redis is printed apart."""
    cases = ((1, chunks, 0.0), (1, chunks // 2, PACE), (50, chunks // 20, 0.02))
    ways: dict[str, Callable[[int, int, float], Any]] = {
        "encoded by hand, no hub": hand_made,
        "SSEEncoder, no hub": encoded,
    }
    for place, store in (("memory", MemoryStore), ("Redis", partial(RedisStore, url))):
        for readers in (1, 10):
            name = f"hub in {place}, {readers} reader{'s' if readers > 1 else ''}"
            ways[name] = partial(through, store, readers)
    figures: dict[str, list[float]] = {}
    for name, way in ways.items():
        server = processor_time(pid)
        used = [min(measured(partial(way, *case)) for _ in range(3)) for case in cases]
        figures[name] = [
            seconds / (streams * count) * 1e6
            for seconds, (streams, count, _) in zip(used, cases, strict=True)
        ]
        if "Redis" in name:
            count = 3 * sum(case[0] * case[1] for case in cases)
            beside = (processor_time(pid) - server) / count * 1e6
            print(f"{name}: redis-server itself took {beside:.0f} µs a chunk")
    return figures


def table(figures: dict[str, list[float]], open_streams: dict[str, tuple[float, float]]) -> str:
    """What was measured, for the page."""
    rows = [f"| | {' | '.join(CASES)} |", f"|---{'|---' * len(CASES)}|"]
    for name, values in figures.items():
        rows.append(f"| {name} | {' | '.join(f'{value:.0f}' for value in values)} |")
    rows += ["", "| KiB | an open stream | a waiting reader |", "|---|---|---|"]
    for name, (stream, reader) in open_streams.items():
        rows.append(f"| {name} | {stream:.1f} | {reader:.1f} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
