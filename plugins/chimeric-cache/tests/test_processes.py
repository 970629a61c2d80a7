"""Eight processes share one file and are killed at any moment: no broken answer comes out."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from chimeric_cache import Cache, SQLiteStore
from chimeric_cache.rows import Row

from .conftest import Server, ask_all

WORKER = """
import sys
from chimeric_cache import SQLiteStore
from chimeric_cache.rows import Row
from chimeric import Delta, FinishedTurn

store = SQLiteStore(sys.argv[1], max_bytes=400_000, wait=30)
number = int(sys.argv[2])
print("ready", flush=True)
while True:
    key = f"k{number % 40}"
    data = store.get(key)
    if data is not None:
        row = Row.decoded(data)
        text = "".join(delta.text or "" for delta in row.deltas)
        assert text == text[:1] * 20_000, "a broken answer"
    letter = "abcdefgh"[number % 8]
    deltas = tuple(Delta(text=letter * 1000) for _ in range(20))
    turn = FinishedTurn(text="", finish_reason="stop", deltas=deltas)
    store.put(key, Row.of(turn, at=1.0).encoded())
    number += 7
"""


def begun(path: Path, number: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORKER, str(path), str(number)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()[1]
    return process


def test_processes_that_are_killed_leave_whole_answers_only(path: Path) -> None:
    rng = random.Random(7)
    workers = [begun(path, number) for number in range(8)]
    try:
        for _ in range(4):
            time.sleep(rng.uniform(0.02, 0.15))
            place = rng.randrange(len(workers))
            victim = workers[place]
            victim.kill()
            said = victim.communicate(timeout=30)[1]
            assert victim.returncode == -signal.SIGKILL, said
            workers[place] = begun(path, rng.randrange(1000))
    finally:
        for worker in workers:
            worker.kill()
            _, said = worker.communicate(timeout=30)
            assert "broken" not in said, said
    store = SQLiteStore(path)
    rows = [store.get(f"k{number}") for number in range(40)]
    read = [Row.decoded(data) for data in rows if data is not None]
    assert len(read) > 5
    assert all(row is not None and len(row.deltas) == 20 for row in read)


def test_a_second_process_reads_what_the_first_kept(server: Server, path: Path) -> None:
    ask_all("sync", server.client(Cache(path)), {})
    source = (
        "import sys; from chimeric import Chimeric; from chimeric_cache import Cache\n"
        "client = Chimeric(base_urls={'compatible': sys.argv[1]}, plugins=[Cache(sys.argv[2])])\n"
        "print(client.generate('compatible:m', 'Hi').content)"
    )
    command = [sys.executable, "-c", source, f"{server.loopback.url}/v1", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == "Once upon\n"
    assert server.asked == 1
