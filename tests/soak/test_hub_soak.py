"""Resumable streams whose readers are cut off, and whose servers are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from chimeric_stores.redis_server import RedisServer


@pytest.mark.slow
def test_a_thousand_interruptions_of_resumable_streams_make_no_wrong_text() -> None:
    pytest.importorskip("redis", reason="redis is not installed")
    if RedisServer.program() is None:
        pytest.skip("neither redis-server nor valkey-server is installed")
    told = ["--interruptions", "1000", "--kill", "4", "--seed", "7", "--readers", "8"]
    told += ["--lease", "10"]  # a busy machine may stand still for longer than the usual three
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.hub", *told],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
