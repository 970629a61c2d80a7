#!/usr/bin/env python3
"""Sets up what a task needs, in this directory only, and runs it.

    python3 run.py demo      the demo: no API key, no network beyond the package index
    python3 run.py wheels    wheels of all distributions, in dist, to install from
    python3 run.py test      the whole test suite
    python3 run.py plugins   each plugin alone with core
    python3 run.py check     all environments of tox.ini's list
    python3 run.py ENV...    any environment of tox.ini

``real-clients`` runs other people's clients and test servers; what runs on Node is skipped where
there is none, or an old one. ``real-servers`` runs other people's inference servers.

Needs Python 3.11 or newer with pip, and nothing else. Arguments after ``--`` go to the command
that runs (``python3 run.py test -- -k framing``).
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
RUNNER = ROOT / ".tox" / "runner"
BIN = RUNNER / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
COMPLETE = RUNNER / "complete"

TASKS = {
    "demo": ["run", "-qq", "-e", "demo"],
    "test": ["run", "-e", "core,tests,budgets"],
    "plugins": ["run-parallel", "-p", "3", "--parallel-no-spinner", "-f", "plugin"],
    "check": ["run"],
}
"""What tox is told; another name is that of an environment."""

PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def main(arguments: list[str]) -> int:
    """Run the environments that the arguments name; returns tox's exit code."""
    names, dashes, rest = _split(arguments)
    if not names or names[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if names else 2
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    environ = {**_uv_settings(), **os.environ}
    environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    if not COMPLETE.exists():
        _set_up(environ)
    task = " ".join(names)
    told = TASKS.get(task, ["run", "-e", task.replace(" ", ",")])
    return subprocess.call([str(PYTHON), "-m", "tox", *told, *dashes, *rest], cwd=ROOT, env=environ)


def _split(arguments: list[str]) -> tuple[list[str], list[str], list[str]]:
    if "--" not in arguments:
        return arguments, [], []
    place = arguments.index("--")
    return arguments[:place], ["--"], arguments[place + 1 :]


def _set_up(environ: dict[str, str]) -> None:
    print("Setting up the task runner (once) ...", file=sys.stderr, flush=True)
    shutil.rmtree(RUNNER, ignore_errors=True)
    pip = [str(PYTHON), "-m", "pip"]
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(RUNNER)], capture_output=True, text=True, check=False
    )
    if made.returncode:
        # Debian and its relatives split ensurepip off: let this Python's pip fill the environment.
        shutil.rmtree(RUNNER, ignore_errors=True)
        subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", str(RUNNER)])
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.check_call([*pip, "install", *quiet, "tox>=4.22"])
    if not _uv_works(pip, quiet, environ):
        subprocess.call([*pip, "uninstall", *quiet, "--yes", "tox-uv", "tox-uv-bare"])
    COMPLETE.touch()


def _uv_works(pip: list[str], quiet: list[str], environ: dict[str, str]) -> bool:
    """Whether uv, which installs much faster than pip, can be had and sees the package index."""
    if subprocess.run(
        [*pip, "install", *quiet, "tox-uv>=1.20"], capture_output=True, check=False
    ).returncode:
        return False
    probe = [str(PYTHON), "-m", "uv", "pip", "install", "--dry-run", "--no-cache", "--quiet"]
    probe += ["--python", str(PYTHON), "--reinstall", "hatchling"]
    return not subprocess.run(probe, env=environ, capture_output=True, check=False).returncode


def _uv_settings() -> dict[str, str]:
    """pip's configuration in uv's words; uv does not read pip's files."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    settings: dict[str, str] = {}
    # ":env:" sorts first and wins, as it does for pip.
    for line in sorted(listed.stdout.splitlines(), reverse=True):
        name, _, value = line.partition("=")
        variable = PIP_TO_UV.get(name.rpartition(".")[2])
        if variable:
            words = str(ast.literal_eval(value)).split()
            settings[variable] = ("," if variable == "UV_FIND_LINKS" else " ").join(words)
    if "UV_INDEX" in settings:
        # pip looks at all of its indexes for the best version.
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return settings


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
