"""The benchmark of batches, small: each way answers every row, and its table has a line of each."""

from __future__ import annotations

import subprocess
import sys

from .batch import WAYS
from .environments import ROOT

ROWS = 60


def test_each_way_answers_every_row() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.batch", f"--rows={ROWS}"]
    done = subprocess.run(
        [*command, "--chunks=3", "--concurrency=4"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for way in WAYS:
        (line,) = (line for line in done.stdout.splitlines() if line.startswith(f"| {way} |"))
        memory = line.split("|")[-2]
        assert memory.count(",") == 2, "the memory was not looked at three times"
