"""Eight processes share one file and are killed at any moment: no broken answer comes out."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from chimeric_cache import Cache, SQLiteStore
from chimeric_cache.rows import Row

from .conftest import Server, ask_all, texts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here"),
]

FORKING = """
import os, sys, traceback

def forever(work):
    # One interpreter, which has imported everything, has a child for each number that it reads.
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                number = int(line)
                while True:
                    work(number)
                    number += 7
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        print(child, flush=True)
"""

STORING = """
import sys
from chimeric import Delta, FinishedTurn
from chimeric_cache import SQLiteStore
from chimeric_cache.rows import Row

store = SQLiteStore(sys.argv[1], max_bytes=400_000, wait=30)

def work(number):
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

forever(work)
"""

ASKING = """
import sys
from chimeric import Chimeric
from chimeric_cache import Cache, SQLiteStore

def client_of(path):
    cache = Cache(SQLiteStore(path, wait=30), wait=30)
    return Chimeric(base_urls={"compatible": sys.argv[2]}, plugins=[cache])

def work(number, clients=[]):
    if not clients:
        clients.append(client_of(sys.argv[1]))
    question = f"q{number % 40}"
    text = clients[0].generate("compatible:m", question, stream=True).collect().content
    assert text == question * 500, f"a broken answer to {question}: {text[:80]!r}"

with client_of(sys.argv[1] + ".other") as client:  # what is imported on use is imported once
    client.generate("compatible:m", "q0", stream=True).collect()
forever(work)
"""


class Family:
    """Processes of one interpreter, each of which may be killed."""

    def __init__(self, source: str, *words: object) -> None:
        command = [sys.executable, "-c", FORKING + source, *map(str, words)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self.children: list[int] = []

    def bear(self, number: int) -> None:
        """Begin one more, at this number."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        self.children.append(int(self._process.stdout.readline()))

    def kill(self, place: int) -> None:
        """Kill one as it stands. Nobody waits for it, so that its number is not given again."""
        os.kill(self.children.pop(place), signal.SIGKILL)

    def end(self) -> str:
        """End all; returns what they complained about."""
        while self.children:
            self.kill(0)
        return self._process.communicate(timeout=30)[1]


def killed_at_random(family: Family, seed: int) -> str:
    """Eight at work, of whom one after the other is killed; returns what they complained about."""
    rng = random.Random(seed)
    try:
        for number in range(8):
            family.bear(number)  # and the first are killed while they make the file
        for _ in range(40):
            time.sleep(rng.uniform(0.0, 0.15))
            family.kill(rng.randrange(8))
            family.bear(rng.randrange(1000))
    finally:
        told = family.end()
    return told


def is_whole(path: Path) -> bool:
    """Whether the database itself finds no fault in its file."""
    with closing(sqlite3.connect(path)) as database:
        found: tuple[str] = database.execute("pragma integrity_check").fetchone()
    return found == ("ok",)


def test_processes_that_are_killed_leave_whole_answers_only(path: Path) -> None:
    assert killed_at_random(Family(STORING, path), 7) == ""
    assert is_whole(path)
    store = SQLiteStore(path)
    rows = [store.get(f"k{number}") for number in range(40)]
    read = [Row.decoded(data) for data in rows if data is not None]
    assert len(read) > 5
    assert all(row is not None and len(row.deltas) == 20 for row in read)


def test_processes_that_are_killed_while_they_ask_leave_no_broken_answer_to_anybody(
    server: Server, path: Path
) -> None:
    server.said = lambda body: texts(*[body["messages"][0]["content"] * 50] * 10)
    assert killed_at_random(Family(ASKING, path, f"{server.loopback.url}/v1"), 11) == ""
    assert is_whole(path)
    calls = [{"messages": f"q{number}"} for number in range(40)]
    responses = ask_all("sync", server.client(Cache(path)), *calls)
    for number, response in enumerate(responses):
        assert response.content == f"q{number}" * 500
    assert sum(response.metadata["answer_cache"]["hit"] for response in responses) > 5


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
