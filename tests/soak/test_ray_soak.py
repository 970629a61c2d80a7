"""The soak on a cluster, in a small size."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("ray", reason="python3 run.py ray runs this")


def test_every_row_comes_out_once_when_an_actor_and_a_node_die() -> None:
    command = [sys.executable, "-m", "tests.soak.ray", "--rows", "600", "--words", "8"]
    environ = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    done = subprocess.run(
        [*command, "--per-actor", "8"], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
