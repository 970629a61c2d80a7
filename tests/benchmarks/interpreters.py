"""The Pythons of this machine, looked for by name. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

__all__ = ["VERSIONS", "Interpreter", "interpreters"]

VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t")
"""Those that are looked for; ``t`` is a free-threaded build."""

PATIENCE = 60.0
"""Seconds that a program may take to tell what it is."""

PROBE = """
import sys, sysconfig
at, name = sys.version_info, sys.implementation.name
free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
print(f"{name} {at[0]}.{at[1]}{free} {at[0]}.{at[1]}.{at[2]} {'yes' if optimized else 'no'}")
"""


class Interpreter(NamedTuple):
    """A CPython that starts.

    Attributes:
        program: its path.
        release: as ``3.12.1``.
        optimized: whether it was configured with ``--enable-optimizations``: ``yes`` or ``no``.
    """

    program: str
    release: str
    optimized: str


def interpreters(path: str | None = None) -> dict[str, Interpreter]:
    """The interpreter of each of ``VERSIONS`` that is found; the first that starts.

    ``path``: folders as in ``PATH``, which is the default; those of pyenv's versions come behind
    them, the newest first, where pyenv is among them.
    """
    path = os.environ.get("PATH", os.defpath) if path is None else path
    folders = [*map(Path, path.split(os.pathsep)), *_pyenv(path)]
    found = {version: _first(version, folders) for version in VERSIONS}
    return {version: one for version, one in found.items() if one is not None}


def _first(version: str, folders: list[Path]) -> Interpreter | None:
    # A free-threaded build may have the plain name as well.
    names = dict.fromkeys((f"python{version}", f"python{version.rstrip('t')}"))
    for program in (folder / name for name in names for folder in folders):
        if os.access(program, os.X_OK):
            said = _output([str(program), "-I", "-c", PROBE]).split()
            if len(said) == 4 and said[:2] == ["cpython", version]:
                return Interpreter(str(program), said[2], said[3])
    return None


def _pyenv(path: str) -> Iterator[Path]:
    """The folders of pyenv's versions."""
    command = shutil.which("pyenv", path=path)
    root = _output([command, "root"]).strip() if command is not None else ""
    if root:
        folders = (Path(root) / "versions").glob("*/bin")
        yield from sorted(folders, key=lambda folder: _order(folder.parent.name), reverse=True)


def _order(name: str) -> list[int]:
    return [int(part) for part in name.rstrip("t").split(".") if part.isdecimal()]


def _output(command: list[str]) -> str:
    """What a command prints; nothing where it fails, as pyenv's stand-ins do."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
