"""Run many concurrent async streams with faults among them, and tell what became of them.

``python -m tests.soak --seconds 60 --streams 2000`` runs against a server of its own in another
process. It ends with status 1 when a stream ended wrongly, or anything was left over.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import gc
import math
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from chimeric import Chimeric, ChimericError, Timeout
from tests.faults.dialects import DIALECTS, KEPT, KEY, TEXT

from .server import OUTCOMES

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--seconds", type=float, default=60.0)
arguments.add_argument("--streams", type=int, default=2000, help="at the same time")
arguments.add_argument("--most", type=int, default=None, help="streams in all")
arguments.add_argument("--transport", default="httpx")
arguments.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
arguments.add_argument("--seed", type=int, default=None)


PROVIDERS = {**{name: d.provider for name, d in DIALECTS.items()}, "chat": "compatible"}
"""The provider of each protocol; each needs a base URL of its own."""


STALE, FEW = "stale connections", 5
"""What they are counted as, and how many there may be in a soak."""


class Soak:
    """The streams and what became of them."""

    def __init__(self, url: str, seed: int | None, transport: str, most: int | None) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self.random = random.Random(seed)
        self.left = math.inf if most is None else most
        self.client = Chimeric(
            api_keys=dict.fromkeys(PROVIDERS.values(), KEY),
            base_urls={provider: f"{url}/{name}" for name, provider in PROVIDERS.items()},
            timeout=Timeout(connect=60, read=60, first=60, gap=60),
            max_retries=0,
            transport=transport,
        )

    async def worker(self, until: float) -> None:
        """One stream after the other."""
        while time.monotonic() < until and self.left > 0:
            self.left -= 1
            name = self.random.choice(list(DIALECTS))
            fault = self.random.choice(list(OUTCOMES))
            try:
                await self.stream(name, fault)
            except Exception as error:
                self.wrong.append(f"{name}, {fault}: {type(error).__name__}: {error}")

    async def stream(self, name: str, fault: str) -> None:
        """Ask for a fault and judge what comes."""
        outcome, kept = OUTCOMES[fault]
        expected = {"all": TEXT, "cut": KEPT, "none": ""}[kept]
        words: list[str] = []
        leave = self.random.random() < 0.05
        got = "ok"
        try:
            stream = await self.client.agenerate(
                "m-1",
                "Hello",
                provider=PROVIDERS[name],
                stream=True,
                extra_headers={"x-fault": fault},
            )
            async for chunk in stream:
                words.append(chunk.delta or "")
                if leave and len(words) > 1:
                    self.counts["left early"] += 1
                    return
        except ChimericError as error:
            got = error.kind
            partial = "" if error.partial is None else error.partial.content
            if partial != "".join(words):
                self.wrong.append(f"{name}, {fault}: partial {partial!r}")
        if got == "connection" and not words and outcome != got and self.counts[STALE] < FEW:
            # The server had closed the connection of the pool that the request went out on, and
            # nothing is tried twice here: it is asked for again.
            self.counts[STALE] += 1
            await self.stream(name, fault)
        elif (got, "".join(words)) != (outcome, expected):
            self.wrong.append(f"{name}, {fault}: {got}, {''.join(words)!r}")
        elif got == "ok":
            self.counts["finished"] += 1
        else:
            self.counts["failed as expected"] += 1

    async def run(self, seconds: float, streams: int) -> None:
        """All workers, and then the closing of the client."""
        until = time.monotonic() + seconds
        async with self.client:
            async with asyncio.TaskGroup() as group:
                for _ in range(streams):
                    group.create_task(self.worker(until))
            await asyncio.sleep(0.2)
        await asyncio.sleep(0.5)
        gc.collect()
        self.counts["tasks left over"] = len(asyncio.all_tasks()) - 1


def sockets() -> int:
    """Open sockets of this process."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except OSError:
            continue
    return count


def threads() -> int:
    """Threads of this process, but for the one watchdog and the loop's resolvers."""
    own = ("chimeric-watchdog", "asyncio_")
    return sum(not thread.name.startswith(own) for thread in threading.enumerate())


def loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of that name."""
    if name == "asyncio":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


def resident() -> float:
    """Memory of this process now, in MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def main() -> int:
    """Start the server, soak, report."""
    told = arguments.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    command = [sys.executable, "-m", "tests.soak.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        url = server.stdout.readline().decode().strip()
        soak = Soak(url, told.seed, told.transport, told.most)
        before_sockets, before_memory, before_threads = sockets(), resident(), threads()
        with asyncio.Runner(loop_factory=loop_factory(told.loop)) as runner:
            runner.run(soak.run(told.seconds, told.streams))
        left, more_threads = sockets() - before_sockets, threads() - before_threads
        server.communicate()
    report: dict[str, Any] = {
        "finished": soak.counts["finished"],
        "failed as expected": soak.counts["failed as expected"],
        "left early": soak.counts["left early"],
        STALE: soak.counts[STALE],
        "wrong": len(soak.wrong),
        "sockets left over": left,
        "tasks left over": soak.counts["tasks left over"],
        "threads left over": more_threads,
        "memory at start, MiB": round(before_memory),
        "memory at end, MiB": round(resident()),
    }
    for name, value in report.items():
        print(f"{name:<22} {value}")
    for line, count in collections.Counter(soak.wrong).most_common(10):
        print(f"wrong, {count} times: {line}", file=sys.stderr)
    bad = report["wrong"] or left > 0 or report["tasks left over"] > 0 or more_threads > 0
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
