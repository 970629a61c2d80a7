"""Answer a dataset on a cluster, kill an actor and a node meanwhile, and count what comes out.

``python -m tests.soak.ray --rows 20000`` starts a cluster of four nodes on this machine and a
provider in a process of its own. Every row must come out once with its own answer, the key that
only the nodes have must not be in any log or object store, and the memory of the actors must not
grow. It ends with status 1 where that does not hold. CPU is told for each row, beside a loop of
asyncio and httpx that is written by hand and asks the same. Needs Ray (``python3 run.py ray``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import ray
from chimeric_ray import answer, summary

from .ray_cluster import Nodes, Watch, places_with

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--rows", type=int, default=20_000)
arguments.add_argument("--words", type=int, default=30, help="of each answer")
arguments.add_argument("--actors", type=int, default=3)
arguments.add_argument("--per-actor", type=int, default=64)
arguments.add_argument("--no-kill", action="store_true", help="let all actors and nodes live")

PROVIDER = Path(__file__).parents[2] / "plugins" / "chimeric-ray" / "tests" / "provider.py"
KEY = "sk-sentinel-8d41c02e6f7b95aa"
MODEL = "sim-echo"


def prompt_of(row: int, words: int) -> str:
    """What is asked for a row, and what the answer is."""
    return " ".join([f"row {row}", *(f"word{n}" for n in range(words))])


class Provider:
    """The provider's process."""

    def __init__(self) -> None:
        command = [sys.executable, str(PROVIDER)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()

    def asked(self) -> dict[str, int]:
        """How often each row was asked."""
        found: dict[str, int] = httpx.get(f"{self.url}/asked", timeout=60).json()
        return found

    def release(self) -> None:
        """Let the answers go that are held."""
        httpx.get(f"{self.url}/release", timeout=60)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def kill(nodes: Nodes, provider: Provider, rows: int, told: list[str]) -> None:
    """Kill an actor after a quarter of the rows, and a node after half of them."""
    for share, name, act in (
        (0.25, "an actor", nodes.kill_an_actor),
        (0.5, "a node", nodes.kill_a_node),
    ):
        while len(provider.asked()) < share * rows:
            time.sleep(0.2)
        act()
        told.append(f"{name} after {len(provider.asked())} rows")
    provider.release()


def floor(url: str, rows: int, words: int, at_a_time: int) -> float:
    """CPU seconds of a loop by hand that streams the same answers in one process."""

    async def ask(client: httpx.AsyncClient, numbers: Iterator[int]) -> None:
        for row in numbers:
            text = prompt_of(row, words)
            body = {"model": MODEL, "input": text, "stream": True}
            pieces: list[str] = []
            async with client.stream("POST", f"{url}/v1/responses", json=body) as reply:
                async for line in reply.aiter_lines():
                    if line.startswith("data: "):
                        event = json.loads(line[6:])
                        if event["type"] == "response.output_text.delta":
                            pieces.append(event["delta"])
            if "".join(pieces) != text:
                raise ValueError(f"the loop by hand got {''.join(pieces)!r}")

    async def run() -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=at_a_time)
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(timeout=600, limits=limits, headers=headers) as client:
            numbers = iter(range(rows))
            await asyncio.gather(*(ask(client, numbers) for _ in range(at_a_time)))

    began = time.process_time()
    asyncio.run(run())
    return time.process_time() - began


class Soak:
    """One run, and what is wrong with it."""

    def __init__(self, told: argparse.Namespace, nodes: Nodes, provider: Provider) -> None:
        self.told = told
        self.nodes = nodes
        self.provider = provider
        self.wrong: list[str] = []
        self.killed: list[str] = []

    def run(self, folder: Path) -> dict[str, Any]:
        """Answer, kill, compare."""
        rows = self.told.rows
        items = [{"id": n, "question": self.prompt_of(n)} for n in range(rows)]
        dataset = ray.data.from_items(items)
        answered = answer(
            dataset,
            model=f"openai:{MODEL}",
            prompt="question",
            key="id",
            checkpoint=str(folder / "checkpoint"),
            concurrency=self.told.actors,
            per_actor=self.told.per_actor,
        )
        killer = threading.Thread(
            target=kill, args=(self.nodes, self.provider, rows, self.killed), daemon=True
        )
        own = time.process_time()
        began = time.monotonic()
        with Watch(self.nodes) as watch:
            if not self.told.no_kill:
                killer.start()
            counts: Counter[int] = Counter()
            for row in answered.iter_rows():
                counts[row["id"]] += 1
                if row["answer"] != self.prompt_of(row["id"]):
                    self.wrong.append(f"row {row['id']}: {row['answer']!r} {row['answer_error']}")
            seconds = time.monotonic() - began
        own = time.process_time() - own
        if not self.told.no_kill:
            killer.join(60)
        self._compare(counts, answered)
        return self._report(watch, seconds, own)

    def prompt_of(self, row: int) -> str:
        """What is asked for a row; the last answer is held until all are dead that shall be."""
        held = " held" if row == self.told.rows - 1 and not self.told.no_kill else ""
        return prompt_of(row, self.told.words) + held

    def _compare(self, counts: Counter[int], answered: Any) -> None:
        rows = self.told.rows
        if counts != Counter(range(rows)):
            twice = sum(count > 1 for count in counts.values())
            self.wrong.append(f"{len(counts)} of {rows} rows came out, {twice} of them twice")
        found = summary(answered)
        if (found.rows, found.answered) != (rows, rows):
            self.wrong.append(f"the summary tells {found}")
        if not self.told.no_kill and len(self.killed) < 2:
            self.wrong.append("nothing was killed")
        for place in places_with(KEY, self.nodes):
            self.wrong.append(f"the key is in {place}")

    def _report(self, watch: Watch, seconds: float, own: float) -> dict[str, Any]:
        rows = self.told.rows
        by_hand = floor(self.provider.url, min(rows, 4000), self.told.words, self.told.per_actor)
        asked = sum(self.provider.asked().values()) - min(rows, 4000)
        by_hand /= min(rows, 4000)
        memory, third = watch.actors, max(1, len(watch.actors) // 3)
        begin, middle, end = (
            statistics.median(part)
            for part in (memory[:third], memory[third : 2 * third] or memory, memory[-third:])
        )
        if rows >= 5000 and end > 1.25 * middle + 30:
            self.wrong.append(f"the memory of the actors grew from {middle:.0f} to {end:.0f} MiB")
        actors, rest = watch.cpu(actors=True), watch.cpu(actors=False)
        return {
            "killed": "; ".join(self.killed) or "nothing",
            "rows": rows,
            "seconds": f"{seconds:.1f}",
            "rows a second": f"{rows / seconds:.0f}",
            "requests more than rows": asked - rows,
            "CPU of the actors, ms a row": f"{actors / rows * 1000:.2f}",
            "CPU of the rest of Ray, ms a row": f"{rest / rows * 1000:.2f}",
            "CPU of the driver, ms a row": f"{own / rows * 1000:.2f}",
            "CPU of the loop by hand, ms a row": f"{by_hand * 1000:.2f}",
            "largest actor in the first third, MiB": f"{begin:.0f}",
            "in the second, MiB": f"{middle:.0f}",
            "in the last, MiB": f"{end:.0f}",
        }


def main() -> int:
    """Soak, report."""
    told = arguments.parse_args()
    if "OPENAI_API_KEY" in os.environ:
        arguments.error("unset OPENAI_API_KEY: only the nodes may have a key")
    provider = Provider()
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{provider.url}/v1"}
    nodes = Nodes(3, environ)
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        soak = Soak(told, nodes, provider)
        with tempfile.TemporaryDirectory() as folder:
            report = soak.run(Path(folder))
    finally:
        nodes.close()
        provider.close()
    for name, value in report.items():
        print(f"{name:<40} {value}")
    for line in soak.wrong[:10]:
        print(f"wrong: {line}", file=sys.stderr)
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
