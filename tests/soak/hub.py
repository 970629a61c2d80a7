"""Interrupt readers of resumable streams at random, and compare what they got.

``python -m tests.soak.hub --interruptions 1000`` starts a Redis and two workers. Each reader is cut
off again and again, at any byte, goes on at one worker or the other with ``Last-Event-ID``, and
must end with the text that the stream's id tells. With ``--kill``, a worker is killed now and then:
its readers must get an error, and no wrong text. It ends with status 1 when a text was wrong, or
when an error took longer than ``--within`` seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from chimeric_stores.redis_server import RedisServer

from .hub_worker import text_of

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--interruptions", type=int, default=1000)
arguments.add_argument("--readers", type=int, default=20, help="at the same time")
arguments.add_argument("--kill", type=int, default=0, help="how often a worker is killed")
arguments.add_argument("--within", type=float, default=None, help="seconds from kill to error")
arguments.add_argument("--lease", type=float, default=3.0, help="seconds, of each hub")
arguments.add_argument("--seed", type=int, default=None)


class Worker:
    """A process that serves streams."""

    def __init__(self, redis: str, lease: float) -> None:
        command = [sys.executable, "-m", "tests.soak.hub_worker", redis, str(lease)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.killed: float | None = None
        """When, by the monotonic clock."""

    def kill(self) -> None:
        """End it at once."""
        self.killed = time.monotonic()
        self.process.kill()
        self.process.communicate()


class Reader:
    """One text, and where it is: an ``EventSource`` in a few lines."""

    def __init__(self) -> None:
        self.text = ""
        self.last = "0"
        self.end = ""

    def take(self, block: str) -> None:
        """An event that has come whole."""
        fields = dict(
            line.split(": ", 1) for line in block.split("\n") if line[:1] not in (":", "")
        )
        self.last = fields.get("id", self.last)
        if "data" in fields:
            data = json.loads(fields["data"])
            self.text += data.get("delta", "")
            if "event" in fields:
                self.end = data["kind"] if fields["event"] == "error" else fields["event"]


class Soak:
    """The readers, and what became of them."""

    def __init__(self, redis: str, told: argparse.Namespace) -> None:
        self.random = random.Random(told.seed)
        self.redis = redis
        self.lease: float = told.lease
        self.workers = [Worker(redis, told.lease), Worker(redis, told.lease)]
        self.left: int = told.interruptions
        self.kills: int = told.kill
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self.slowest = 0.0
        self.killed: dict[str, float] = {}
        self.homes: dict[str, Worker] = {}

    async def worker(self, http: httpx.AsyncClient) -> None:
        """One stream after the other, read by three at a time."""
        while self.left > 0:
            key = secrets.token_hex(8)
            home = self.random.choice(self.workers)
            try:
                await http.post(f"{home.url}/{key}")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue  # it was killed
            self.homes[key] = home
            if home.killed:  # while its answer was on the way
                self.killed[key] = home.killed
            await asyncio.gather(*(self.read(http, key) for _ in range(3)))

    async def read(self, http: httpx.AsyncClient, key: str) -> None:
        """Read a stream to its end, whatever comes in between."""
        reader = Reader()
        while not reader.end:
            place = self.random.choice(self.workers)
            cut = self.left > 0 and key not in self.killed  # how long these wait is measured
            size = self.random.randrange(1, 8000) if cut else None
            try:
                await self.some(http, f"{place.url}/{key}", reader, size)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
        whole, text = text_of(key), reader.text
        if reader.end == "done" and text == whole:
            self.counts["whole"] += 1
        elif reader.end == "lost" and whole.startswith(text) and key in self.killed:
            self.counts["of a killed worker, cut off with an error"] += 1
            self.slowest = max(self.slowest, time.monotonic() - self.killed[key])
        else:
            self.wrong.append(f"{key}: {reader.end}, {len(text)} of {len(whole)} characters")

    async def some(
        self, http: httpx.AsyncClient, url: str, reader: Reader, size: int | None
    ) -> None:
        """Read so many bytes; what was not a whole event then is forgotten."""
        data = b""
        async with http.stream("GET", url, headers={"last-event-id": reader.last}) as reply:
            if reply.status_code != 200:
                raise AssertionError(f"{url}: {reply.status_code}")
            async for piece in reply.aiter_raw():
                data += piece
                cut = size is not None and len(data) >= size
                whole = data[:size] if cut else data
                *blocks, rest = whole.split(b"\n\n")
                for block in blocks:
                    reader.take(block.decode())
                if reader.end:
                    return
                if cut:
                    self.left -= 1
                    self.counts["interruptions"] += 1
                    return
                size = None if size is None else size - (len(data) - len(rest))
                data = rest

    async def killer(self) -> None:
        """Kill a worker now and then, and start another one in its place."""
        for _ in range(self.kills):
            await asyncio.sleep(self.random.uniform(2, 4))
            if self.left <= 0:
                return
            place = self.random.randrange(2)
            dead = self.workers[place]
            dead.kill()
            assert dead.killed is not None
            self.killed |= {key: dead.killed for key, home in self.homes.items() if home is dead}
            self.workers[place] = await asyncio.to_thread(Worker, self.redis, self.lease)
            self.counts["kills"] += 1

    async def run(self, readers: int) -> None:
        """All of it."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        async with (
            httpx.AsyncClient(timeout=30, limits=limits) as http,
            asyncio.TaskGroup() as all_,
        ):
            all_.create_task(self.killer())
            for _ in range(readers):
                all_.create_task(self.worker(http))


def main() -> int:
    """Start Redis and the workers, soak, report."""
    told = arguments.parse_args()
    if RedisServer.program() is None:
        print("redis-server is not installed", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        soak = Soak(redis.url, told)
        try:
            asyncio.run(soak.run(told.readers))
        finally:
            for worker in soak.workers:
                worker.kill()
    for name, count in sorted(soak.counts.items()):
        print(f"{name:<42} {count}")
    print(f"{'wrong texts':<42} {len(soak.wrong)}")
    if told.kill:
        print(f"{'slowest error after a kill, seconds':<42} {soak.slowest:.1f}")
    for line in soak.wrong[:10]:
        print(f"wrong: {line}", file=sys.stderr)
    late = told.within is not None and soak.slowest >= told.within
    return 1 if soak.wrong or late else 0


if __name__ == "__main__":
    raise SystemExit(main())
