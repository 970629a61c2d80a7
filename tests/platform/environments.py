"""Clean environments with only the core, for what must work outside of the workspace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def uv() -> str | None:
    """Where uv is, if it is installed."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it printed."""
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build_wheel(source: Path, into: Path) -> Path:
    """Build a project's wheel in a directory of its own."""
    into.mkdir(parents=True, exist_ok=True)
    before = set(into.iterdir())
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        into,
        source,
        cwd=into,
    )
    (wheel,) = set(into.iterdir()) - before
    return wheel


class Environment:
    """A virtual environment."""

    def __init__(self, directory: Path) -> None:
        self.python = directory / "bin" / "python"
        tool = uv()
        if tool:
            run(tool, "venv", "--quiet", "--python", sys.executable, directory)
        else:
            run(sys.executable, "-m", "venv", directory)

    def install(self, *what: str | Path) -> None:
        """Install wheels or projects with their dependencies."""
        tool = uv()
        if tool:
            run(tool, "pip", "install", "--quiet", "--python", self.python, *what)
        else:
            run(self.python, "-m", "pip", "install", "--quiet", *what)

    def uninstall(self, *names: str) -> None:
        """Remove distributions."""
        tool = uv()
        if tool:
            run(tool, "pip", "uninstall", "--quiet", "--python", self.python, *names)
        else:
            run(self.python, "-m", "pip", "uninstall", "--quiet", "--yes", *names)

    def site(self) -> Path:
        """Where its distributions are."""
        program = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
        return Path(run(self.python, "-c", program).strip())

    def call(self, program: str, **variables: str) -> Any:
        """Run a program and return the JSON that it printed last."""
        done = subprocess.run(
            [str(self.python), "-c", program],
            cwd=self.python.parent,
            env={"PATH": os.environ["PATH"], **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])
