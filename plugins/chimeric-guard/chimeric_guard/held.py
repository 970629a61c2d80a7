"""Text that waits for approval, in the chunks that brought it."""

from __future__ import annotations

import re
from collections import deque

from chimeric import StreamChunk

from .verdicts import Kind

__all__ = ["FIELDS", "Cutter", "HeldText"]

FIELDS: dict[Kind, str] = {"text": "delta", "reasoning": "reasoning", "refusal": "refusal"}
"""Kinds of text, and where a chunk has them."""

SENTENCE_END = re.compile(r"""[.!?…]+["'”’»)\]]*\s+|[。！？]+["'”’»」』）]*|\n+""")  # noqa: RUF001
"""A terminator and the space after it (none is written in Chinese and Japanese), or a new line."""


class HeldText:
    """The text of one kind that has not been given out.

    Attributes:
        kind: what it is of.
        seen: how many of its first characters a verdict has been given on already.
        told: what was given out of this kind in the turn.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.field = FIELDS[kind]
        self.seen = 0
        self.told: list[str] = []
        self._text = ""
        self._start = 0
        self._chunks: deque[StreamChunk] = deque()

    @property
    def size(self) -> int:
        """How many characters are held."""
        return len(self._text) - self._start

    def first(self, size: int) -> str:
        """The first of them."""
        return self._text[self._start : self._start + size]

    def add(self, chunk: StreamChunk) -> None:
        """Hold a chunk back."""
        self._chunks.append(chunk)
        if text := getattr(chunk, self.field):
            self._text = self._text[self._start :] + text
            self._start = 0

    def let_go(self) -> None:
        """Forget what is held."""
        self._chunks.clear()
        self._text, self._start, self.seen = "", 0, 0

    def begin(self) -> None:
        """A turn begins."""
        self.let_go()
        self.told = []

    def replace(self, size: int, text: str) -> int:
        """Have the first ``size`` characters say something else; how many they are then."""
        taken, _ = self._taken(size)
        self._text, self._start = text + self._text[self._start + size :], 0
        self._chunks.appendleft(taken[0].replace(**{self.field: text or None, "citations": ()}))
        return len(text)

    def taken(self, size: int, keep: int) -> list[StreamChunk]:
        """Give out the first ``size`` characters, but for the last ``keep`` of them.

        A chunk stays whole where that keeps little more.
        """
        chunks, count = self._taken(max(0, size - keep), keep)
        if count:
            self.told.append(self.first(count))
        self._start, self.seen = self._start + count, size - count
        return chunks

    def _taken(self, count: int, whole: int = 0) -> tuple[list[StreamChunk], int]:
        """The chunks of the first characters, and how many these are.

        The last one is cut if it is longer than ``whole``, else it is left.
        """
        chunks, field, left = self._chunks, self.field, count
        taken: list[StreamChunk] = []
        while chunks:
            chunk = chunks[0]
            text = getattr(chunk, field) or ""
            if len(text) > left:
                if left and len(text) > whole:
                    chunks[0] = chunk.replace(**{field: text[left:]})
                    taken.append(chunk.replace(**{field: text[:left], "citations": ()}))
                    left = 0
                break
            chunks.popleft()
            left -= len(text)
            taken.append(chunk)
        return taken, count - left

    def sentence(self, most: int) -> int:
        """How long the first sentence is; 0 where it has no end among the first characters."""
        text, start = self._text, self._start
        end = min(len(text), start + most)
        place = start
        while (found := SENTENCE_END.search(text, place, end)) is not None:
            place = found.end()
            if not text[start:place].isspace():  # space alone belongs to what follows
                return place - start
        return 0


class Cutter:
    """Says how much of a held text is to be judged together.

    Args:
        by: ``sentence`` or ``window``.
        window: the fewest characters of new text in a window.
        overlap: characters that two windows have in common: a pattern of at most ``overlap + 1``
            characters is in one of them whole, and nothing of it has come out before.
        most: the most characters that are judged together, and held.
    """

    def __init__(self, by: str, window: int, overlap: int, most: int) -> None:
        self._sentences = by == "sentence"
        self._window = window
        self._overlap = overlap
        self._most = most

    def cut(self, held: HeldText, *, final: bool, again: bool) -> tuple[int, int] | None:
        """How many characters to judge, and how many of these to hold back afterwards.

        None when that is to wait. With ``again``, the end of a text is judged once more as its end.
        """
        size, seen = held.size, held.seen
        if self._sentences and (end := held.sentence(self._most)):
            return end, 0
        if size >= self._most + (1 if final else 0):
            return self._most, self._overlap
        if final:
            return (size, 0) if size > seen or (size and again) else None
        if not self._sentences and size - seen >= self._window:
            return size, self._overlap
        return None
