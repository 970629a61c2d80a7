"""A folder as a person has it who has built the wheels, and knows no key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from .pages import ROOT

__all__ = ["environment", "shell", "wheels"]

DISTRIBUTIONS = (
    "chimeric-anthropic", "chimeric-batch", "chimeric-chat-completions", "chimeric-cli",
    "chimeric-core", "chimeric-dialects", "chimeric-models", "chimeric-openai",
    "chimeric-responses", "chimeric-serving", "chimeric-sim",
)  # fmt: skip
"""What the pages install, and what that needs."""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``python3 run.py wheels`` fills."""
    pytest.importorskip("build", reason="needs build, to make wheels")
    folder = tmp_path_factory.mktemp("checkout") / "dist"
    command = [sys.executable, str(ROOT / "scripts" / "build_wheels.py"), str(folder)]
    done = subprocess.run(
        [*command, *DISTRIBUTIONS], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Of a user without a key; how the package index is reached is this machine's business."""
    kept = {n: v for n, v in os.environ.items() if n.startswith(("PIP_", "UV_", "SSL_"))}
    return {**kept, "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}


def shell(lines: Sequence[str], folder: Path) -> str:
    """What a shell prints that is given these lines in the folder; it must not fail."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
