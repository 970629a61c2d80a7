"""Where a segment lies in the text of an answer."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from .values import numeral, text

__all__ = ["Place", "Places"]

Place = tuple[int | None, int | None, int | None]
"""The number of a block, the first character of it and the one behind the last; None and None for
all of the block."""


class Places:
    """The blocks of text so far, and where segments lie in them.

    Offsets count UTF-8 bytes of a part. Frames say nothing of where a part began, and
    ``partIndex`` is left out where it is not 0: what counts is where the segment's own text
    stands, in all of the text or in a block.
    """

    __slots__ = ("_all", "_begins", "_blocks", "_starts")

    def __init__(self, blocks: list[tuple[int, str]]) -> None:
        self._blocks = [(number, said.encode()) for number, said in blocks]
        self._all = b"".join(said for _, said in self._blocks)
        self._starts: list[int] = []
        at = 0
        for _, said in self._blocks:
            self._starts.append(at)
            at += len(said)
        self._begins = frozenset(self._starts)

    @property
    def last(self) -> Place:
        """All of the last block."""
        return (self._blocks[-1][0] if self._blocks else None, None, None)

    def find(self, segment: dict[str, Any]) -> Place | None:
        """The place of a segment; None where its text is not there, or not yet."""
        first, last = numeral(segment.get("startIndex")) or 0, numeral(segment.get("endIndex"))
        if not last:
            return self.last
        said = text(segment.get("text"))
        if said is None:
            return self._at(first, last)
        wanted = said.encode()
        if first < 0 or last - first != len(wanted):
            return None
        if self._all.startswith(wanted, first):
            return self._at(first, last)
        at = self._all.find(wanted, first)
        while at >= 0 and at - first not in self._begins:
            at = self._all.find(wanted, at + 1)
        return self._at(at, at + len(wanted)) if at >= 0 else None

    def _at(self, first: int, last: int) -> Place | None:
        """Bytes of all of the text, as characters of a block; None where they are of no block."""
        if not 0 <= first < last <= len(self._all):
            return None
        block = bisect_right(self._starts, first) - 1
        number, said = self._blocks[block]
        first, last = first - self._starts[block], last - self._starts[block]
        if last > len(said):
            return None
        try:
            at = len(said[:first].decode())
            return number, at, at + len(said[first:last].decode())
        except UnicodeDecodeError:
            return None  # in the middle of a character
