"""Where a segment lies in the text of an answer."""

from __future__ import annotations

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

    __slots__ = ("_all", "_blocks", "_starts")

    def __init__(self, blocks: list[tuple[int, str]]) -> None:
        self._blocks = [(number, said.encode()) for number, said in blocks]
        self._all = b"".join(said for _, said in self._blocks)
        self._starts: list[int] = []
        at = 0
        for _, said in self._blocks:
            self._starts.append(at)
            at += len(said)

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
        wanted = None if said is None else said.encode()
        for base in dict.fromkeys((0, *self._starts)):
            found = self._at(base + first, base + last, wanted)
            if found is not None:
                return found
        return None

    def _at(self, first: int, last: int, wanted: bytes | None) -> Place | None:
        if not 0 <= first < last <= len(self._all):
            return None
        if wanted is not None and self._all[first:last] != wanted:
            return None
        for (number, said), start in zip(self._blocks, self._starts, strict=True):
            if start <= first and last <= start + len(said):
                before, inside = said[: first - start], said[first - start : last - start]
                try:
                    at = len(before.decode())
                    return number, at, at + len(inside.decode())
                except UnicodeDecodeError:
                    return None  # in the middle of a character
        return None
