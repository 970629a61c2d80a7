"""What a batch costs: ``python -m tests.benchmarks.batch [--rows 100000]``.

Each way answers the same rows from the same server, which has a process of its own, with the same
number under way, in a process of its own: by hand (asyncio, httpx, msgspec), ``agenerate_many`` and
``generate_many``, these two also with a results file, the first also on aiohttp. Told are rows for
each second of processor time of that process, and its memory at a tenth, the half and the end of
the rows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from chimeric_batch import agenerate_many, generate_many

from chimeric import Chimeric

from .environments import ROOT
from .floors import HttpxFloor
from .session import start_server

__all__ = ["WAYS", "Cost", "measured"]

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rows", type=int, default=10_000)
arguments.add_argument("--chunks", type=int, default=20, help="chunks of an answer")
arguments.add_argument("--concurrency", type=int, default=32, help="rows under way")
arguments.add_argument("--processes", type=int, default=1, help="that share the rows")
arguments.add_argument("--ways", nargs="*", help="some of them")
arguments.add_argument("--way", help=argparse.SUPPRESS)
arguments.add_argument("--server", help=argparse.SUPPRESS)

POINTS = (0.1, 0.5, 1.0)


class Cost(NamedTuple):
    """What a way has cost.

    Attributes:
        rows: how many answers came.
        processor: seconds of processor time.
        seconds: how long it took.
        memory: MiB that were resident at each of ``POINTS``.
    """

    rows: int
    processor: float
    seconds: float
    memory: list[float]


class Rows:
    """The rows of one run: it makes them, counts their answers, and looks at the memory."""

    def __init__(self, told: argparse.Namespace, folder: str) -> None:
        self.folder = folder
        self.rows: int = told.rows
        self.model = f"bench-burst-{told.chunks}"
        self.concurrency: int = told.concurrency
        self.chunks: int = told.chunks
        self.base: str = told.server
        self.answered = 0
        self.memory: list[float] = []

    def prompts(self) -> Iterator[str]:
        """A short one for each row."""
        for number in range(self.rows):
            yield f"What is {number} times two?"

    def count(self) -> None:
        """One answer more."""
        self.answered += 1
        if self.answered == int(self.rows * POINTS[len(self.memory)]):
            with open("/proc/self/statm", encoding="ascii") as file:
                pages = int(file.read().split()[1])
            self.memory.append(pages * resource.getpagesize() / 2**20)

    def check(self, result: Any) -> None:
        """Count a result, which must be an answer."""
        if result.error is not None:
            raise result.error
        assert result.response.content.endswith(f" word{self.chunks - 1}")
        self.count()


async def by_hand(rows: Rows) -> None:
    """Workers that take the next row."""
    floor = HttpxFloor()
    await floor.aopen(rows.base)
    prompts = rows.prompts()

    async def work() -> None:
        for _ in prompts:
            assert await floor.arun(rows.model, lambda: None) == rows.chunks
            rows.count()

    async with asyncio.TaskGroup() as group:
        for _ in range(rows.concurrency):
            group.create_task(work())
    await floor.aclose()


async def on_a_loop(rows: Rows, transport: str = "httpx", **options: Any) -> None:
    """``agenerate_many``."""
    async with (
        Chimeric(base_url=f"{rows.base}/v1", api_key="sk-bench", transport=transport) as client,
        agenerate_many(
            client,
            rows.prompts(),
            model=f"compatible:{rows.model}",
            concurrency=rows.concurrency,
            **options,
        ) as results,
    ):
        async for result in results:
            rows.check(result)


def on_threads(rows: Rows, **options: Any) -> None:
    """``generate_many``."""
    with Chimeric(base_url=f"{rows.base}/v1", api_key="sk-bench") as client:
        for result in generate_many(
            client,
            rows.prompts(),
            model=f"compatible:{rows.model}",
            concurrency=rows.concurrency,
            **options,
        ):
            rows.check(result)


def with_file(way: Callable[..., Any]) -> Callable[[Rows], Any]:
    """The same, with a results file."""

    def run(rows: Rows) -> Any:
        return way(rows, results=Path(rows.folder) / "answers.jsonl")

    return run


WAYS: dict[str, Callable[[Rows], Any]] = {
    "by hand": by_hand,
    "agenerate_many": on_a_loop,
    "agenerate_many, results file": with_file(on_a_loop),
    "agenerate_many, aiohttp": partial(on_a_loop, transport="aiohttp"),
    "generate_many": on_threads,
    "generate_many, results file": with_file(on_threads),
}


def run(told: argparse.Namespace) -> Cost:
    """Run one way in this process."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Rows(told, folder)
        processor, began = time.process_time(), time.perf_counter()
        running = WAYS[told.way](rows)
        if asyncio.iscoroutine(running):
            asyncio.run(running)
        spent = time.process_time() - processor
        return Cost(rows.answered, spent, time.perf_counter() - began, rows.memory)


def measured(told: argparse.Namespace) -> dict[str, Cost]:
    """Run each way, one after the other."""
    server, base = start_server()
    found: dict[str, Cost] = {}
    try:
        for way in told.ways or list(WAYS):
            command = [sys.executable, "-m", "tests.benchmarks.batch", f"--way={way}"]
            command += [f"--rows={told.rows // told.processes}", f"--chunks={told.chunks}"]
            command += [f"--concurrency={told.concurrency}", f"--server={base}"]
            running = [
                subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
                for _ in range(told.processes)
            ]
            outputs = [process.communicate()[0] for process in running]
            found[way] = together([Cost(*json.loads(output)) for output in outputs])
    finally:
        server.kill()
        server.communicate()
    return found


def together(costs: list[Cost]) -> Cost:
    """What processes cost that ran at the same time; their memory is that of all of them."""
    return Cost(
        sum(cost.rows for cost in costs),
        sum(cost.processor for cost in costs),
        max(cost.seconds for cost in costs),
        [sum(memory) for memory in zip(*(cost.memory for cost in costs), strict=True)],
    )


def main() -> None:
    """Measure, and print the table."""
    told = arguments.parse_args()
    if told.way is not None:
        print(json.dumps(run(told)))
        return
    found = measured(told)
    print("| | rows a processor second | ms a row | rows a second | MiB at 10, 50, 100 % |")
    print("|---|---|---|---|---|")
    for way, cost in found.items():
        memory = ", ".join(f"{each:.1f}" for each in cost.memory)
        print(
            f"| {way} | {cost.rows / cost.processor:.0f} | {cost.processor / cost.rows * 1e3:.3f} "
            f"| {cost.rows / cost.seconds:.0f} | {memory} |"
        )


if __name__ == "__main__":
    main()
