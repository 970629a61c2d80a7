"""Two thousand streams with faults among them, and resumable ones with interruptions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from chimeric_stores.redis_server import RedisServer


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


@pytest.mark.slow
def test_a_thousand_interruptions_of_resumable_streams_make_no_wrong_text() -> None:
    pytest.importorskip("redis", reason="redis is not installed")
    if RedisServer.program() is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    told = ["--interruptions", "1000", "--kill", "4", "--seed", "7", "--readers", "8"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.hub", *told],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
