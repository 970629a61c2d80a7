"""Plain printing for the demo: width, colour and wrapping for any terminal, or for none."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence

__all__ = ["Display"]

BOLD, DIM, RED, YELLOW, CYAN = "1", "2", "31", "33", "36"
LEFT = 2
"""Columns of the table that hold words, not numbers."""


class Display:
    """Writes to standard output; in colour only where a terminal shows it and NO_COLOR is unset."""

    def __init__(self) -> None:
        # A closed standard output (>&-) is None.
        self._out = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        self._live = self._out.isatty() and os.environ.get("TERM") != "dumb"
        self._coloured = self._live and not os.environ.get("NO_COLOR")
        self._width = max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))
        self._column = 0

    def line(self, text: str = "", style: str = "") -> None:
        """A line as it is."""
        self._write(self._styled(text, style) + "\n")

    def title(self, text: str) -> None:
        """A title with room above."""
        self.line()
        self.line(text, BOLD)

    def text(self, text: str) -> None:
        """A paragraph, wrapped."""
        for line in textwrap.wrap(text, self._width):
            self.line(line)

    def quote(self, text: str) -> None:
        """An indented paragraph."""
        for line in textwrap.wrap(text, self._width - 4):
            self.line("    " + line, CYAN)

    def problem(self, text: str) -> None:
        """What went wrong."""
        self.end_of_tokens()
        for line in textwrap.wrap(text, self._width):
            self.line(line, RED)

    def note(self, text: str) -> None:
        """What happens in the middle of running text, on lines of its own."""
        self.end_of_tokens()
        for line in textwrap.wrap(text, self._width - 2):
            self.line("  " + line, YELLOW)

    def heading(self, name: str, detail: str) -> None:
        """The line above a stream."""
        self.line()
        self.line(f"{self._styled(name, BOLD)} {self._styled(f'({detail})', DIM)}")

    # --- tokens as they arrive -------------------------------------------------------------------

    def token(self, text: str) -> None:
        """A piece of running text, at once; lines break before a word that may not fit."""
        for line in text.splitlines(keepends=True):
            for piece in re.findall(r"\s*\S+\n?|\s+", line):
                self._piece(piece)

    def _piece(self, piece: str) -> None:
        word = piece.strip()
        # A word can come in several pieces, so that its end is not known yet.
        room = self._width - self._column - len(word)
        if word and piece[0].isspace() and room < 12:
            self._write("\n")
            self._column = 0
        shown = piece.rstrip("\n") if self._column else piece.strip()
        self._write(shown)
        self._column += len(shown)
        if piece.endswith("\n") and self._column:
            self._write("\n")
            self._column = 0

    def end_of_tokens(self) -> None:
        """End the last line of running text."""
        if self._column:
            self._write("\n")
        self._column = 0

    # --- progress --------------------------------------------------------------------------------

    def progress(self, text: str) -> None:
        """A line that is written over by the next one; nothing where there is no terminal."""
        if self._live:
            self._write(f"\r{text[: self._width - 1]}")
            self._column = len(text)

    def end_of_progress(self) -> None:
        """Leave the last progress standing."""
        self.end_of_tokens()

    # --- table -----------------------------------------------------------------------------------

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table; its second column is shortened where the terminal is narrow."""
        widths = [max(len(cell) for cell in column) for column in zip(head, *rows, strict=True)]
        gap = 2 if sum(widths) + 2 * len(widths) <= self._width else 1
        spare = self._width - sum(widths) - gap * (len(widths) - 1)
        widths[1] = max(6, widths[1] + min(0, spare))
        self.line(_aligned(head, widths, gap), BOLD)
        for row in rows:
            self.line(_aligned(row, widths, gap))
        self.line()

    # ---------------------------------------------------------------------------------------------

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._coloured and style and text else text

    def _write(self, text: str) -> None:
        encoding = self._out.encoding or "ascii"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()


def _aligned(cells: Sequence[str], widths: Sequence[int], gap: int) -> str:
    shown = [
        cell[:width].ljust(width) if place < LEFT else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return (" " * gap).join(shown).rstrip()
