"""The pace of a text: by words, by sentences, or so many characters a second.

Each function takes an iterator of pieces of text, such as ``stream.text()``, and gives one; of an
asynchronous one it gives an asynchronous one. However the text is cut, what comes out is the same
text: nothing is lost, doubled or changed. Leaving the iteration closes what the text comes from.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable
from typing import Any, Protocol, overload

from .segments import Sentences, Words

__all__ = ["sentences", "words"]


class Cutter(Protocol):
    """Cuts text that comes in pieces."""

    def add(self, text: str) -> list[str]:
        """What is whole now."""
        ...

    def rest(self) -> list[str]:
        """What is left at the end."""
        ...


@overload
def words(text: Iterable[str]) -> Generator[str, None, None]: ...


@overload
def words(text: AsyncIterable[str]) -> AsyncGenerator[str, None]: ...


def words(
    text: Iterable[str] | AsyncIterable[str],
) -> Generator[str, None, None] | AsyncGenerator[str, None]:
    """The text word by word, each with the blanks behind it.

    Scripts without blanks between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are given
    character by character; marks of punctuation stay with what they follow. No combined character
    (an emoji of several, a letter with its accents and vowels) is cut.

    Args:
        text: pieces of text, such as ``stream.text()``; a str is one piece.

    Example:
        >>> list(words(["Hel", "lo th", "ere, Anna"]))
        ['Hello ', 'there, ', 'Anna']
        >>> list(words(["潮の", "満ち引き"]))
        ['潮', 'の', '満', 'ち', '引', 'き']
    """
    return _cut(text, Words)


@overload
def sentences(text: Iterable[str]) -> Generator[str, None, None]: ...


@overload
def sentences(text: AsyncIterable[str]) -> AsyncGenerator[str, None]: ...


def sentences(
    text: Iterable[str] | AsyncIterable[str],
) -> Generator[str, None, None] | AsyncGenerator[str, None]:
    """The text sentence by sentence, each with what is between it and the next: for speech.

    A sentence ends at its mark (of any script) with the quotes and brackets that close it, where
    a blank or another end follows, or at the end of a line. Numbers (``3.14``), names of files and
    hosts, initials (``J. S. Bach``) and common abbreviations (``Dr.``, ``e.g.``) do not end one.

    Args:
        text: as of ``words``.

    Example:
        >>> list(sentences(["It is 3.1", "4. Dr. No said: “Go!” He w", "ent."]))
        ['It is 3.14. ', 'Dr. No said: “Go!” ', 'He went.']
    """
    return _cut(text, Sentences)


def _cut(
    text: Iterable[str] | AsyncIterable[str], cutter: Callable[[], Cutter]
) -> Generator[str, None, None] | AsyncGenerator[str, None]:
    if isinstance(text, AsyncIterable):
        return _cut_async(text, cutter())
    return _cut_sync(text, cutter())


def _cut_sync(text: Iterable[str], cutter: Cutter) -> Generator[str, None, None]:
    try:
        try:
            for piece in (text,) if isinstance(text, str) else text:
                yield from cutter.add(piece)
        except Exception:
            yield from cutter.rest()  # what came before the failure is not lost
            raise
        yield from cutter.rest()
    finally:
        close: Any = getattr(text, "close", None)
        if close is not None:
            close()


async def _cut_async(text: AsyncIterable[str], cutter: Cutter) -> AsyncGenerator[str, None]:
    try:
        try:
            async for piece in text:
                for whole in cutter.add(piece):
                    yield whole
        except Exception:
            for whole in cutter.rest():  # what came before the failure is not lost
                yield whole
            raise
        for whole in cutter.rest():
            yield whole
    finally:
        aclose: Any = getattr(text, "aclose", None)
        if aclose is not None:
            await aclose()
