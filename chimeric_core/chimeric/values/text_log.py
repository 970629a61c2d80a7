"""A text that grows by small pieces, any earlier state of which can be read again."""

from __future__ import annotations

__all__ = ["TextLog"]

PIECES = 256
"""Pieces that are kept apart: that many are joined, and what was joined is never copied again."""


class TextLog:
    """All text of a stream so far, shared by its chunks.

    A chunk keeps its place in the log, a number of characters, instead of the text before it: to
    hold every chunk costs O(n) memory. The newest pieces are joined when there are many, because a
    string object is ten times as large as what it holds.

    One thread writes. Others may read what was written before: a list of pieces only ever grows,
    and joining them makes another list.

    Attributes:
        parts: the pieces; all but the last few are many that were joined.
        size: characters in all.
        limit: number of parts from which on they are to be joined.
    """

    __slots__ = ("_cursor", "_known", "limit", "parts", "size")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0
        self.limit = PIECES
        self._known = ""
        self._cursor: tuple[list[str], int, int] | None = None

    def append(self, text: str) -> None:
        """Add a piece."""
        self.size += len(text)
        self.parts.append(text)
        if len(self.parts) > self.limit:
            self.join()

    def join(self) -> None:
        """Make one piece of the newest. For the writer: when there are more than ``limit``."""
        parts, joined = self.parts, min(self.limit - PIECES, self.limit // 2)
        self.parts = [*parts[:joined], "".join(parts[joined:])]
        self.limit = joined + 1 + max(PIECES, joined + 1)  # so that copying the list is linear

    def upto(self, size: int) -> str:
        """The first ``size`` characters. What was asked for last is kept, and only extended."""
        known = self._known
        if size <= len(known):
            return known[:size]
        # Two threads may race here: each writes a text that is right.
        self._known = known = known + self.between(len(known), size)
        return known

    def between(self, start: int, end: int) -> str:
        """The characters from ``start`` to ``end``; linear in their number if asked in order."""
        parts, index, offset = self.parts, 0, 0
        if start == 0 and end >= self.size:
            return "".join(parts)[:end]
        cursor = self._cursor
        if cursor is not None and cursor[0] is parts and cursor[2] <= start:
            _, index, offset = cursor
        found: list[str] = []
        while offset < end and index < len(parts):
            part = parts[index]
            behind = offset + len(part)
            if behind > start:
                found.append(part[max(0, start - offset) : end - offset])
            if behind > end:
                break
            index, offset = index + 1, behind
        self._cursor = (parts, index, offset)
        return "".join(found)

    def text(self) -> str:
        """All of it."""
        return self.upto(self.size)
