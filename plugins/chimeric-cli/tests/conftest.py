"""Runs the command as its users do: as a process."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")

KEPT = ("PATH", "LANG", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
COMMAND = [sys.executable, "-m", "chimeric_cli"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with no key and an empty home."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(tmp_path), "PYTHONUTF8": "1", "TERM": "xterm"}


@pytest.fixture
def run(env: dict[str, str], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command with text on its standard input."""

    def run(
        *arguments: str, stdin: str = "", more: dict[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            env={**env, **(more or {})},
            cwd=tmp_path,
            timeout=60,
            text=True,
            **{"capture_output": True, **options},
        )

    return run


@pytest.fixture
def start(env: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the command and leave it running."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, more: dict[str, str] | None = None) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env={**env, **(more or {})},
            cwd=tmp_path,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        if process.stdout is not None and process.stdout.closed:
            process.stdout = None
        process.communicate()


class Terminal:
    """The command on a pseudo-terminal of 60 columns; ``screen`` is what a user would see."""

    def __init__(self, env: dict[str, str], *arguments: str, **more: str) -> None:
        import pty

        self.output = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            command = [sys.executable, "-m", "chimeric_cli", *arguments]
            settings = {**env, "TERM": "xterm-256color", "COLUMNS": "60", "LINES": "24", **more}
            os.execve(sys.executable, command, settings)

    def read(self, until: str | None = None, seconds: float = 60) -> str:
        """Read until some text is seen, or the end."""
        return self.wait(lambda text: until is not None and until in text, seconds)

    def wait(self, done: Callable[[str], bool], seconds: float = 60) -> str:
        """Read until what was read is what is waited for, or the end."""
        end = time.monotonic() + seconds
        while not done(self.text):
            assert time.monotonic() < end, self.text
            if not select.select([self._fd], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._fd, 65536)
            except OSError:
                break
            if not data:
                break
            self.output += data
        return self.text

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def exit_code(self) -> int:
        self.read()
        _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def screen(self) -> list[str]:
        return screen_of(self.text)


def screen_of(text: str) -> list[str]:
    """The lines that are left when every control sequence has done its work."""
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b.|[^\x1b]", text):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece.endswith("A") and piece.startswith("\x1b["):
            row = max(row - int(piece[2:-1] or 1), 0)
        elif piece.endswith("K") and piece.startswith("\x1b["):
            lines[row] = "" if piece[2:-1] == "2" else lines[row][:column]
        elif not piece.startswith("\x1b"):
            line = lines[row].ljust(column)
            lines[row] = line[:column] + piece + line[column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


@pytest.fixture
def terminal(env):
    if sys.platform == "win32":
        pytest.skip("needs a pseudo-terminal")
    env.pop("PYTHONUTF8", None)
    env["LANG"] = "C.UTF-8"
    open_: list[Terminal] = []

    def start(*arguments: str, **more: str) -> Terminal:
        terminal = Terminal(env, *arguments, **more)
        open_.append(terminal)
        return terminal

    yield start
    for terminal in open_:
        if terminal.pid:
            os.kill(terminal.pid, signal.SIGKILL)
            os.waitpid(terminal.pid, 0)
