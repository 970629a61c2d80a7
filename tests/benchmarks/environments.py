"""One virtual environment for each library or Python, under ``.bench``; built once and kept."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .peers import PEERS

__all__ = ["PLACE", "ROOT", "Environment", "build", "build_python"]

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".bench"
TOOLS = ("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence", "wheel")
"""What an empty environment brings; not counted as installed."""

SMALL = ("chat-completions", "models", "openai", "responses")


class Environment:
    """Where a library is installed, or why it is not.

    ``subject`` is what its worker measures, where that is not what it is asked for by.
    """

    def __init__(self, name: str, error: str | None = None) -> None:
        self.name = name
        self.path = PLACE / name.replace(" ", "-")
        self.error = error
        self.subject = ""

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.path / "bin" / "python")

    def measures(self, subject: str) -> Environment:
        """The same, for a worker that measures this."""
        same = copy.copy(self)
        same.subject = subject
        return same

    def measure(self) -> dict[str, Any]:
        """Distributions, their bytes (without byte code), and their versions."""
        place = next((self.path / "lib").glob("python3*/site-packages"))
        size = 0
        for item in place.iterdir():
            if item.name == "__pycache__" or item.name.startswith(TOOLS):
                continue
            files = item.rglob("*") if item.is_dir() else [item]
            size += sum(f.stat().st_size for f in files if f.is_file() and f.suffix != ".pyc")
        named = [item.name.removesuffix(".dist-info") for item in place.glob("*.dist-info")]
        versions = dict(sorted(name.split("-", 1) for name in named if not name.startswith(TOOLS)))
        return {"distributions": len(versions), "size": size, "versions": versions}


def build(names: Iterable[str], *, as_they_are: bool = False) -> dict[str, Environment]:
    """Build or reuse the environments of these libraries; failures are kept, not raised."""
    PLACE.mkdir(exist_ok=True)
    found: dict[str, Environment] = {}
    for name in names:
        if as_they_are and (PLACE / name.replace(" ", "-") / "installed").exists():
            found[name] = Environment(name)
        elif name in PEERS:
            found[name] = _install(name, [PEERS[name].requirement], PEERS[name].requirement)
        else:
            found[name] = _install(name, _own(name), _state_of_sources())
    return found


def build_python(version: str, program: str, *, as_it_is: bool = False) -> Environment:
    """The environment of core and a few plugins on one Python, and of uvloop if there is a wheel.

    uvloop is tried for each time: one that was missing may have come.
    """
    PLACE.mkdir(exist_ok=True)
    env = Environment(f"python-{version}")
    stamp, state = env.path / "installed", f"{program} {_state_of_sources()}"
    if stamp.exists() and as_it_is:
        return env
    if stamp.exists() and stamp.read_text() != state:
        shutil.rmtree(env.path)  # it may be of another release
    env = _install(env.name, _own("chimeric small"), state, program)
    if env.error is None:
        _run([*_installer(env), "--only-binary=uvloop", "uvloop"])
    return env


def _own(name: str) -> list[str]:
    plugins = sorted((ROOT / "plugins").glob("chimeric-*"))
    if name == "chimeric small":
        plugins = [p for p in plugins if p.name.removeprefix("chimeric-") in SMALL]
    return [str(ROOT), *map(str, plugins)]


def _state_of_sources() -> str:
    """Changes when a file of ours does."""
    digest = hashlib.sha256()
    for folder in ("chimeric_core", "plugins"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "tests" not in file.parts:
                digest.update(f"{file} {file.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _install(name: str, what: list[str], state: str, program: str = sys.executable) -> Environment:
    env = Environment(name)
    stamp = env.path / "installed"
    if stamp.exists() and stamp.read_text() == state:
        return env
    sys.stderr.write(f"installing {name}\n")
    if not env.path.exists():
        error = _run([program, "-m", "venv", str(env.path)])
        if error is not None:
            shutil.rmtree(env.path, ignore_errors=True)
            return Environment(name, error)
    command = _installer(env)
    if name not in PEERS:
        command += ["--reinstall-package=" + _name(w) for w in what] if "uv" in command else []
    error = _run([*command, *what])
    if error is None:
        stamp.write_text(state)
    return Environment(name, error)


def _installer(env: Environment) -> list[str]:
    if importlib.util.find_spec("uv") is not None:
        return [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", env.python]
    return [env.python, "-m", "pip", "install", "--quiet", "--upgrade"]


def _name(path: str) -> str:
    return "chimeric-core" if Path(path) == ROOT else Path(path).name


def _run(command: list[str]) -> str | None:
    """Run a command; returns the last line of what went wrong, or None."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (lines[-1] if lines else f"exit code {done.returncode}")[:200]
