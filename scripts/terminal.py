"""Commands in terminals of their own, for the pictures of the documentation.

Needs pyte, and a system with pseudo-terminals.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte

__all__ = ["Terminal", "screen"]

PATIENCE = 300.0
"""Seconds without a word after which a command hangs."""


class Terminal:
    """A command that believes itself in a terminal, with its keyboard and what it writes.

    Args:
        command: the program and its arguments.
        columns: the width, ``rows`` the height, in characters.
        environ: all of the command's variables, besides those of the terminal.
        folder: where it runs.
    """

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        environ: Mapping[str, str],
        folder: Path | None = None,
    ) -> None:
        self.child, self.descriptor = pty.fork()
        if self.child == 0:
            if folder is not None:
                os.chdir(folder)
            size = {"COLUMNS": str(columns), "LINES": str(rows), "TERM": "xterm-256color"}
            os.execvpe(command[0], command, {**environ, **size})
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def read(self) -> bytes:
        """What it wrote next; nothing when it has ended."""
        if not select.select([self.descriptor], [], [], PATIENCE)[0]:
            raise TimeoutError(f"the terminal has been silent for {PATIENCE:g} s")
        try:
            return os.read(self.descriptor, 65536)
        except OSError:
            return b""  # the terminal ends with the command

    def write(self, text: str) -> None:
        """Type."""
        os.write(self.descriptor, text.encode())

    def wait_for_echo(self) -> None:
        """Wait until the terminal itself shows what is typed: no program reads single keys."""
        while not termios.tcgetattr(self.descriptor)[3] & termios.ECHO:
            time.sleep(0.01)

    def close(self) -> int:
        """Hang up; the exit code of the command."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
            _, status = os.waitpid(self.child, 0)
            self.code = os.waitstatus_to_exitcode(status)
        return self.code


def screen(columns: int, rows: int) -> tuple[pyte.Screen, pyte.ByteStream]:
    """An empty screen, and the stream that writes on it."""
    made = pyte.Screen(columns, rows)
    made.set_mode(pyte.modes.LNM)
    return made, pyte.ByteStream(made)
