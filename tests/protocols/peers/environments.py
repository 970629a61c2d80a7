"""One virtual environment for each library, in its newest version, under ``.bench``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from .clients import OURS, REQUIREMENTS

__all__ = ["ROOT", "Environment", "build"]

ROOT = Path(__file__).resolve().parents[3]
PLACE = ROOT / ".bench" / "protocols"
DISTRIBUTIONS = {OURS: "chimeric-core", "pydantic-ai": "pydantic-ai-slim", "any-llm": "any-llm-sdk"}
ASK = "import importlib.metadata as m, json, sys; print(m.version(sys.argv[1]))"


class Environment:
    """Where a library is installed: its interpreter and its version, or why it is not."""

    def __init__(self, library: str, python: str, error: str | None = None) -> None:
        self.library = library
        self.python = python
        self.error = error
        self.version = "" if error else self._ask()

    def _ask(self) -> str:
        name = DISTRIBUTIONS.get(self.library, self.library)
        done = subprocess.run(
            [self.python, "-c", ASK, name], capture_output=True, text=True, check=True
        )
        return done.stdout.strip()


def build(libraries: set[str], *, as_they_are: bool = False) -> dict[str, Environment]:
    """Bring the environments of these libraries up to date; failures are kept, not raised.

    Chimeric itself runs from this very environment.
    """
    PLACE.mkdir(parents=True, exist_ok=True)
    found = {OURS: Environment(OURS, sys.executable)}
    for library in sorted(libraries - {OURS}):
        path = PLACE / library
        python = str(path / "bin" / "python")
        there = Path(python).exists()
        error = None if there and as_they_are else _install(library, path, python)
        found[library] = Environment(library, python, error)
    return found


def _install(library: str, path: Path, python: str) -> str | None:
    sys.stderr.write(f"installing {library}\n")
    uv = importlib.util.find_spec("uv") is not None
    if not Path(python).exists():
        making = [*_UV, "venv", "--quiet", "--python", sys.executable]
        error = _run([*(making if uv else [sys.executable, "-m", "venv"]), str(path)])
        if error is not None:
            return error
    command = [python, "-m", "pip", "install", "--quiet", "--upgrade"]
    if uv:
        command = [*_UV, "pip", "install", "--quiet", "--upgrade", "--python", python]
    return _run([*command, REQUIREMENTS[library]])


_UV = [sys.executable, "-m", "uv"]


def _run(command: list[str]) -> str | None:
    """Run a command; returns the last line of what went wrong, or None."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit code {done.returncode}")[:200]
