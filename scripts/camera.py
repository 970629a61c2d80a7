"""Films a person at a shell: types in a terminal of its own and keeps what stood there."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from terminal import Terminal, screen
from terminal_svg import Frame, row, text

__all__ = ["MARK", "Camera"]

STEP = 0.12
"""Seconds between two frames."""
KEY, PASTED = 0.02, 0.04
"""Seconds that a letter takes, and a pasted line."""
READ = 0.6
"""Seconds that what a command printed stands before the next is typed."""
MARK = b"\x1b]133;B\x07"
"""Stands, unseen, at the end of the shell's prompt."""
PYTHON = (b">>> ", b"... ")


class Camera:
    """A shell, and the frames of what is typed there and answered.

    Args:
        home: the person's home, which is ``~`` where it is printed, ``folder`` where it begins.
        columns: the width, ``rows`` the height, in characters.
        environ: the shell's variables.
    """

    def __init__(
        self, home: Path, folder: Path, columns: int, rows: int, environ: Mapping[str, str]
    ) -> None:
        self.home, self.folder = home, folder
        self.columns, self.rows = columns, rows
        prompt = f"\\[\x1b[32m\\]$ \\[\x1b[0m{MARK.decode()}\\]"
        self.environ = {**environ, "PS1": prompt, "HISTFILE": "/dev/null"}
        self.frames: list[Frame] = []
        self.now = 0.0

    def __enter__(self) -> Camera:
        shell = ["bash", "--norc", "--noprofile", "-i"]
        self.terminal = Terminal(shell, self.columns, self.rows, self.environ, self.folder)
        self.screen, self.stream = screen(self.columns, self.rows)
        self._until([MARK], 0.0)
        return self

    def __exit__(self, *raised: object) -> None:
        self.terminal.close()

    def cut(self, keys: str = "", folder: str = "") -> None:
        """Begin a new film, in another folder.

        Args:
            keys: end what runs in the shell.
            folder: from the home.
        """
        if keys:
            self.terminal.write(keys)
            self._until([MARK], 0.0)
        for line in (f"cd ~/{folder}", "clear"):
            self.terminal.write(f"{line}\n")
            self._until([MARK], 0.0)
        self.frames, self.now = [], 0.0
        self._look()

    def command(
        self, line: str, seconds: float, starts: bytes = MARK, *, answers: bool = False
    ) -> None:
        """Type a command, and film what it does.

        Args:
            line: the command.
            seconds: the most that it is shown; what took longer is shown faster.
            starts: what it prints when it has started and goes on; otherwise it has to end.
            answers: it prints an answer word by word, which is shown for all of that time.
        """
        for letter in line:
            self.terminal.write(letter)
            self.stream.feed(self.terminal.read())
            self._later(KEY)
        self._later(0.15)
        self.terminal.write("\n")
        self._until([starts], seconds, slowed=answers)
        self._later(READ)

    def keep(self, name: str, code: str) -> None:
        """Paste a file."""
        self.command(f"cat > {name}", 0.1, b"\n")
        self.terminal.wait_for_echo()
        for line in code.splitlines():
            self.terminal.write(f"{line}\n")
            self._until([b"\n"], PASTED)
            self._later(PASTED)
        self._later(READ)
        self.terminal.write("\x04")
        self._until([MARK], 0.5)

    def python(self, code: str, seconds: float) -> None:
        """Paste code into an interpreter that runs, and see its answer for some seconds."""
        for line in code.splitlines():
            self.terminal.write(f"{line}\n")
            self._until(PYTHON, PASTED)
            self._later(PASTED)
        self.terminal.write("\n")
        self._until(PYTHON, seconds, slowed=True)
        self._later(READ)

    def show(self, over: str, seconds: float) -> None:
        """Show a picture instead of the terminal for some seconds."""
        self.frames.append(Frame(round(self.now, 3), (), over))
        self.now += seconds

    def _until(self, ends: Collection[bytes], seconds: float, *, slowed: bool = False) -> None:
        """Film what is printed, no longer than some seconds.

        Args:
            ends: one of these is printed at the end.
            seconds: 0 for not at all.
            slowed: for all of these seconds, word by word.
        """
        started, whole = time.monotonic(), b""
        heard: list[tuple[float, bytes]] = []
        while not any(end in whole for end in ends):
            data = self.terminal.read()
            if not data:
                raise SystemExit(f"the shell ended: {whole.decode(errors='replace')}")
            whole += data
            heard.append((time.monotonic() - started, data))
        began = self.now
        if slowed:
            # A fast model's words would come in one frame. What is drawn anew is seen once.
            told = b"".join(data for _, data in self._tidied(heard))
            drawn, erased, last = told.rpartition(b"\x1b[2K")
            self.stream.feed(drawn + erased)
            words = re.split(rb"(?<= )", last)
            pieces = [(n / len(words), word) for n, word in enumerate(words, 1)]
        else:
            took = heard[-1][0]
            pieces = [(at / took, data) for at, data in self._tidied(heard)]
            seconds = min(seconds, took)
        for part, data in pieces:
            self.now = began + seconds * part
            self.stream.feed(data)
            self._look(often=False)
        self._look()

    def _tidied(self, heard: list[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
        """The same with the folder as a person's home."""
        place, held = str(self.home).encode(), b""
        for number, (at, data) in enumerate(heard, 1):
            held += data
            line = held.rpartition(b"\n")[2].replace(place, b"~")
            # A line that ends within the folder's name waits for what follows.
            whole = held if place[:5] not in line or number == len(heard) else b""
            held = held.removeprefix(whole)
            yield at, whole.replace(place, b"~")

    def _later(self, seconds: float) -> None:
        self.now += seconds
        self._look(often=False)

    def _look(self, *, often: bool = True) -> None:
        """Keep what stands there, if it differs and the last frame is old enough."""
        if not often and self.frames and self.now - self.frames[-1].at < STEP:
            return
        rows = tuple(text(row(self.screen, place)) for place in range(self.rows))
        if not self.frames or self.frames[-1].rows != rows:
            self.frames.append(Frame(round(self.now, 3), rows))
