"""Where other people's programs are installed: an environment for each, under one folder.

``python -m tests.real.environments`` makes them; the variable ``REAL_CLIENTS`` names the folder of
clients and test servers, ``REAL_SERVERS`` that of inference servers. What is installed is listed
in ``pyproject.toml`` (groups ``real-*``) and in ``package.json``.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

__all__ = ["PYTHONS", "kind", "node_missing", "place", "python_of", "require"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHONS = {
    "REAL_CLIENTS": ("instructor", "langchain", "litellm", "llmock", "pydantic-ai", "sdks"),
    "REAL_SERVERS": ("litellm-proxy", "llama-server", "transformers"),
}
"""The programs in Python, by the variable that names their folder."""
LEAST_NODE = (20, 15)
"""What aimock asks for; the AI SDK asks for 18."""


def require(kind: str = "REAL_CLIENTS") -> None:
    """Skip a whole module of tests outside of their environment."""
    if kind not in os.environ:
        command = kind.lower().replace("_", "-")
        pytest.skip(f"python3 run.py {command} runs these", allow_module_level=True)


def kind() -> str:
    """Which of the variables is set."""
    return next(name for name in PYTHONS if name in os.environ)


def place() -> Path:
    """The folder that holds the environments."""
    return Path(os.environ[kind()])


def python_of(name: str) -> str:
    """The interpreter of a program in Python."""
    return str(place() / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def node_missing() -> str | None:
    """Why programs for Node cannot run here; None where they can."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return f"{'npm' if node else 'node'} is not installed"
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = re.findall(r"\d+", told)[:2]
    if (int(major), int(minor)) < LEAST_NODE:
        return f"node is {told.strip()}, and {'.'.join(map(str, LEAST_NODE))} is the least"
    return None


def main() -> int:
    """Bring all environments up to date; returns how many could not be."""
    place().mkdir(parents=True, exist_ok=True)
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    with ThreadPoolExecutor() as pool:
        names = PYTHONS[kind()]
        made = {name: pool.submit(_python, name, groups[f"real-{name}"]) for name in names}
        if kind() == "REAL_CLIENTS":
            made["node"] = pool.submit(_node)
    errors = {name: error for name, future in made.items() if (error := future.result())}
    for name, error in errors.items():
        sys.stderr.write(f"{name} could not be installed: {error}\n")
    if "node" in made and (why := node_missing()):
        sys.stderr.write(f"what runs on Node is left out: {why}\n")
    return len(errors)


def _python(name: str, wanted: list[str]) -> str | None:
    stamp = place() / f"{name}.installed"
    state = json.dumps(wanted)
    if stamp.exists() and stamp.read_text() == state:
        return None
    uv = importlib.util.find_spec("uv") is not None
    path = str(place() / name)
    making = [sys.executable, "-m", "venv", "--clear", path]
    installing = [python_of(name), "-m", "pip", "install", "--quiet"]
    if uv:
        making = [sys.executable, "-m", "uv", "venv", "--quiet", "--clear"]
        making += ["--python", sys.executable, path]
        installing = [sys.executable, "-m", "uv", "pip", "install", "--quiet"]
        installing += ["--python", python_of(name)]
    error = _run(making) or _run([*installing, *wanted])
    if error is None:
        stamp.write_text(state)
    return error


def _node() -> str | None:
    if node_missing():
        return None
    home = place() / "node"
    home.mkdir(exist_ok=True)
    # Modules are looked for beside the program, so it is copied there.
    for program in (HERE / "programs").glob("*.mjs"):
        shutil.copy(program, home)
    state = (HERE / "package.json").read_text()
    stamp = home / "installed"
    if stamp.exists() and stamp.read_text() == state:
        return None
    shutil.copy(HERE / "package.json", home)
    npm = str(shutil.which("npm"))
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--silent"]
    error = _run([npm, "install", "--prefix", str(home), *quiet])
    if error is None:
        stamp.write_text(state)
    return error


def _run(command: list[str]) -> str | None:
    """Run a command; returns the end of what went wrong, or None."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode == 0:
        return None
    return (done.stderr.strip() or f"exit code {done.returncode}")[-800:]


if __name__ == "__main__":
    raise SystemExit(main())
