"""Two thousand streams with faults among them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
def test_two_thousand_streams_with_faults_end_right_and_leave_nothing(transport: str) -> None:
    told = ["--most", "2000", "--streams", "100", "--seconds", "300", "--seed", "7"]
    command = [sys.executable, "-m", "tests.soak", *told, "--loop", "uvloop"]
    done = subprocess.run(
        [*command, "--transport", transport],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
