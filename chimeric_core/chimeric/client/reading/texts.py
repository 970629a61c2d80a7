"""A stream read as text alone."""

from __future__ import annotations

from collections.abc import Iterable

from chimeric.values.chunks import StreamChunk

__all__ = ["TextReader"]


class TextReader:
    """Takes the text of chunks, with something between two blocks of it."""

    def __init__(self, between: str) -> None:
        self._between = between
        self._place: tuple[int, int | None] | None = None

    def take(self, chunk: StreamChunk) -> Iterable[str]:
        """The text that a chunk added."""
        if not chunk.delta:
            return ()
        place = (chunk.turn, chunk.block)
        last, self._place = self._place, place
        if self._between and last is not None and last != place:
            return self._between, chunk.delta
        return (chunk.delta,)

    def end(self) -> None:
        """Nothing is missing."""
