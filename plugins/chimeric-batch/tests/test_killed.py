"""A batch that is killed again and again: each answer comes once, and is asked for once."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import asyncio, sys
from chimeric import Chimeric
from chimeric_batch import agenerate_many, generate_many
url, path, way, rows = sys.argv[1:]
requests = [{"id": f"row {n}", "messages": f"prompt {n}"} for n in range(int(rows))]
told = {"model": "sim:story", "tokens": 8, "rate": 200, "concurrency": 8, "results": path}
async def on_a_loop():
    async with Chimeric(sim_base_url=url) as client:
        async for result in agenerate_many(client, requests, **told):
            assert result.error is None
if way == "loop":
    asyncio.run(on_a_loop())
else:
    with Chimeric(sim_base_url=url) as client:
        for result in generate_many(client, requests, **told):
            assert result.error is None
"""
ROWS = 250


class Run:
    """A batch in a process of its own."""

    def __init__(self, sim: Any, path: Path, way: str) -> None:
        command = [sys.executable, "-c", PROGRAM, sim.base_url("sim"), str(path), way, str(ROWS)]
        self.process = subprocess.Popen(command)

    def wait_for(self, path: Path, lines: int) -> bool:
        """Until the file has so many lines; whether the batch still ran then."""
        end = time.monotonic() + 120
        while self.process.poll() is None:
            assert time.monotonic() < end, "the batch does not go on"
            if path.exists() and path.read_bytes().count(b"\n") >= lines:
                return True
            time.sleep(0.005)
        return False


@pytest.fixture
def start(sim: Any, tmp_path: Path) -> Iterator[Any]:
    running: list[Run] = []

    def start(way: str) -> Run:
        running.append(Run(sim, tmp_path / "answers.jsonl", way))
        return running[-1]

    yield start
    for run in running:
        run.process.kill()
        run.process.wait()


def answered(path: Path) -> list[str]:
    """Ids of the whole lines; each is there once."""
    whole = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    ids = [json.loads(line)["id"] for line in whole if line.endswith(b"\n")]
    assert len(set(ids)) == len(ids)
    return ids


@pytest.mark.parametrize("way", ["threads", "loop"])
def test_a_batch_killed_at_any_moment_asks_nothing_twice_that_it_has(sim, start, tmp_path, way):
    path, moments = tmp_path / "answers.jsonl", random.Random(20)
    kills = 0
    while True:
        before = answered(path)
        seen = len(sim.requests)
        run = start(way)
        more = moments.randrange(5, 40)
        if run.wait_for(path, len(before) + more):
            time.sleep(moments.random() / 50)  # anywhere between two lines, or in one
        run.process.kill()
        code = run.process.wait()
        asked = [request.body["messages"][-1]["content"] for request in sim.requests[seen:]]
        done = {f"prompt {name.removeprefix('row ')}" for name in before}
        assert not done & set(asked), "an answer that was in the file was asked for again"
        assert set(before) <= set(answered(path)), "an answer was lost"
        if code == 0:
            break
        kills += 1
    assert kills >= 5
    assert sorted(answered(path)) == sorted(f"row {n}" for n in range(ROWS))
