"""A text at a steady pace, where it comes in bursts."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from typing import Any, Final, overload

from .segments import Graphemes

__all__ = ["smooth"]

FRAME: Final = 1 / 30
"""Seconds between two pieces at the least: an eye sees no more, and each piece costs."""

SHORT: Final = 0.001
"""Seconds below which a wait is put off to the next piece."""


@overload
def smooth(text: Iterable[str], chars_per_second: float) -> Generator[str, None, None]: ...


@overload
def smooth(text: AsyncIterable[str], chars_per_second: float) -> AsyncGenerator[str, None]: ...


def smooth(
    text: Iterable[str] | AsyncIterable[str], chars_per_second: float
) -> Generator[str, None, None] | AsyncGenerator[str, None]:
    """The text at a steady pace: never faster, and as it comes where it comes slower.

    Pieces are given about 30 times a second, a slower pace character by character; no combined
    character is cut. While a piece waits, nothing is read: a provider that is faster waits, too
    (and the ``total`` time limit of the call goes on).

    Args:
        text: pieces of text, such as ``stream.text()``.
        chars_per_second: how many characters (code points) a second.

    Raises:
        ValueError: for a pace that is not above 0.

    Example:
        >>> "".join(smooth(["Hello ", "there"], chars_per_second=1000))
        'Hello there'
    """
    if not chars_per_second > 0 or math.isinf(chars_per_second):
        raise ValueError(f"chars_per_second must be above 0 and finite, not {chars_per_second!r}")
    pace = _Pace(chars_per_second)
    if isinstance(text, AsyncIterable):
        return _smooth_async(text, pace)
    return _smooth_sync(text, pace)


class _Pace:
    """Pieces, and when each is due."""

    def __init__(self, chars_per_second: float) -> None:
        self._rate = chars_per_second
        self._size = max(1, int(chars_per_second * FRAME))
        self._graphemes = Graphemes()
        self._due = 0.0

    def add(self, text: str) -> list[str]:
        return self._pieces(self._graphemes.add(text))

    def rest(self) -> list[str]:
        tail = self._graphemes.rest()
        return [tail] if tail else []

    def _pieces(self, graphemes: Iterable[str]) -> list[str]:
        pieces: list[str] = []
        size = self._size
        for grapheme in graphemes:
            if size + len(grapheme) <= self._size:
                pieces[-1] += grapheme
            else:
                pieces.append(grapheme)
                size = 0
            size += len(grapheme)
        return pieces

    def wait(self, piece: str) -> float:
        """Seconds to wait before a piece is given."""
        now = time.monotonic()
        due = max(now, self._due)
        self._due = due + len(piece) / self._rate
        return due - now if due - now > SHORT else 0.0


def _smooth_sync(text: Iterable[str], pace: _Pace) -> Generator[str, None, None]:
    def paced(pieces: Iterable[str]) -> Generator[str, None, None]:
        for piece in pieces:
            seconds = pace.wait(piece)
            if seconds:
                time.sleep(seconds)
            yield piece

    try:
        try:
            for piece in (text,) if isinstance(text, str) else text:
                yield from paced(pace.add(piece))
        except Exception:
            yield from pace.rest()  # what came before the failure is not lost
            raise
        yield from pace.rest()
    finally:
        close: Any = getattr(text, "close", None)
        if close is not None:
            close()


async def _smooth_async(text: AsyncIterable[str], pace: _Pace) -> AsyncGenerator[str, None]:
    import anyio

    try:
        try:
            async for piece in text:
                for part in pace.add(piece):
                    seconds = pace.wait(part)
                    if seconds:
                        await anyio.sleep(seconds)
                    yield part
        except Exception:
            for part in pace.rest():  # what came before the failure is not lost
                yield part
            raise
        for part in pace.rest():
            yield part
    finally:
        aclose: Any = getattr(text, "aclose", None)
        if aclose is not None:
            await aclose()
