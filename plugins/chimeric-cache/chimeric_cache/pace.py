"""When the pieces of an answer came, and when to give them out again."""

from __future__ import annotations

import time
from collections.abc import Sequence

from chimeric import Delta, StreamChunk

__all__ = ["Pace", "due"]


class Pace:
    """Notes when the characters of a turn came. A processor of the phase ``record``."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._size = 0
        self.notes: list[tuple[float, int]] = []
        self.told: dict[str, object] | None = None

    def begin(self) -> None:
        """A turn's request is about to be sent."""
        self._began = time.monotonic()
        self._size = 0
        self.notes = []
        self.told = None

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Note what has come; the last chunk tells what the cache did."""
        size = _size(chunk.delta, chunk.reasoning, chunk.refusal)
        if size:
            self._size += size
            self.notes.append((round(time.monotonic() - self._began, 4), self._size))
        if chunk.finish_reason and self.told is not None:
            return chunk.replace(metadata={**chunk.metadata, "answer_cache": self.told})
        return chunk

    def flush(self) -> None:
        """Nothing is held back."""


def due(deltas: Sequence[Delta], notes: Sequence[tuple[float, int]]) -> list[float]:
    """For each delta, the seconds from the beginning at which it came.

    Example:
        >>> due([Delta(text="ab"), Delta(text="c"), Delta(done=True)], [(0.1, 2), (0.5, 3)])
        [0.1, 0.5, 0.5]
    """
    times: list[float] = []
    size = place = 0
    now = 0.0
    for delta in deltas:
        size += _size(delta.text, delta.reasoning, delta.refusal)
        while place < len(notes) and notes[place][1] < size:
            place += 1
        if size and place < len(notes):
            now = max(now, notes[place][0])
        times.append(now)
    return times


def _size(*texts: str | None) -> int:
    return sum(len(text) for text in texts if text)
