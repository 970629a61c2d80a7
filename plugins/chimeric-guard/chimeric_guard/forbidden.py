"""Checks for forbidden words and patterns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .verdicts import Passage, Refuse, Replace, Verdict

__all__ = ["patterns", "words"]

SLACK = 16
"""Characters more than a word that its spelling may have: marks on letters, invisible ones."""


class Words:
    """A check that finds words, however they are written; see ``words``."""

    by = "window"
    window = 1
    inline = True
    looks_ahead = True

    def __init__(self, forbidden: Iterable[str], *, whole: bool, reason: str) -> None:
        found = {_folded(word).strip() for word in forbidden}
        if not found or "" in found:
            raise ValueError("words are texts that are not empty, at least one")
        self.overlap = 2 * max(map(len, found)) + SLACK
        self._reason = reason
        self._whole = whole
        longest_first = sorted(found, key=len, reverse=True)
        some = "|".join(r"\s+".join(map(re.escape, word.split())) for word in longest_first)
        self._pattern = re.compile(rf"(?<!\w)(?:{some})(?!\w)" if whole else some)

    def __call__(self, text: str, passage: Passage) -> Verdict:
        folded = _folded(passage.last + text)
        for match in self._pattern.finditer(folded):
            # The next letter may make another word of the last one, which is held until then.
            if match.end() < len(folded) or passage.final or not self._whole:
                return Refuse(self._reason)
        return True


def words(
    forbidden: Iterable[str], *, whole: bool = True, reason: str = "a forbidden word"
) -> Words:
    """A check that refuses a text in which one of these words or phrases stands.

    Upper and lower case, full-width and other forms of a letter, marks that are characters of
    their own, and invisible characters make no difference; nor does how the spaces of a phrase
    are written. Words that are hidden in other ways (digits, dots, another alphabet) are not found.

    Args:
        forbidden: the words.
        whole: whether they count as whole words only, not within longer ones. Switch it off for
            languages that are written without spaces.
        reason: what the refusal says; it need not repeat the word.

    Raises:
        ValueError: for no word, or an empty one.

    Example:
        >>> check = words(["swordfish"])
        >>> check("A SWORDFISH!", Passage("A SWORDFISH!", "text"))
        Refuse(reason='a forbidden word')
    """
    return Words(
        [forbidden] if isinstance(forbidden, str) else forbidden, whole=whole, reason=reason
    )


class Patterns:
    """A check that finds patterns; see ``patterns``."""

    by = "window"
    window = 1
    inline = True
    looks_ahead = True

    def __init__(
        self,
        given: Iterable[str | re.Pattern[str]],
        *,
        longest: int,
        replace: str | None,
        reason: str,
    ) -> None:
        self._patterns = [re.compile(pattern) for pattern in given]
        if not self._patterns:
            raise ValueError("there is no pattern")
        for pattern in self._patterns:
            if pattern.search("") is not None:
                raise ValueError(f"the pattern {pattern.pattern!r} matches an empty text")
        if replace is not None and any(p.search(replace) for p in self._patterns):
            raise ValueError(f"replace={replace!r} matches a pattern itself")
        if longest < 1:
            raise ValueError("longest is a number of characters, from 1 on")
        self.overlap = longest
        self._replace = replace
        self._reason = reason

    def __call__(self, text: str, passage: Passage) -> Verdict:
        changed = False
        for pattern in self._patterns:
            text, found = self._through(pattern, text, passage)
            if found and self._replace is None:
                return Refuse(self._reason)
            changed = changed or found
        return Replace(text) if changed else True

    def _through(self, pattern: re.Pattern[str], text: str, passage: Passage) -> tuple[str, bool]:
        """The text with what matches replaced, and whether anything does."""
        whole, place = passage.last + text, len(passage.last)
        pieces: list[str] = []
        for match in pattern.finditer(whole, place):
            # What ends with the passage may still grow, or become none: it is held until then.
            grows = match.end() == len(whole) and not passage.final
            if match[0] and not (grows and len(match[0]) <= self.overlap):
                pieces += (whole[place : match.start()], self._replace or "")
                place = match.end()
        return "".join(pieces) + whole[place:], bool(pieces)


def patterns(
    given: Iterable[str | re.Pattern[str]],
    *,
    longest: int = 100,
    replace: str | None = None,
    reason: str = "a forbidden pattern",
) -> Patterns:
    """A check that refuses or replaces what matches one of these regular expressions.

    Args:
        given: the patterns.
        longest: the most characters of a match: so many are held back. A longer match is found
            too, but its beginning may have come out.
        replace: what stands for a match, and matches none of them; None to refuse instead.
        reason: what the refusal says.

    Raises:
        ValueError: for no pattern, or one that matches an empty text.

    Example:
        >>> check = patterns([r"\\bAKIA[A-Z0-9]{16}\\b"], longest=20)
        >>> check("Use AKIAABCDEFGHIJKLMNOP.", Passage("...", "text"))
        Refuse(reason='a forbidden pattern')
    """
    listed = [given] if isinstance(given, (str, re.Pattern)) else given
    return Patterns(listed, longest=longest, replace=replace, reason=reason)


def _folded(text: str) -> str:
    """A text without what does not make another word of it."""
    if text.isascii():
        return text.lower()
    seen = "".join(filter(_is_seen, text))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


@lru_cache(maxsize=4096)
def _is_seen(character: str) -> bool:
    """Whether a character is more than a hint for whoever sets the text (soft hyphens, joiners)."""
    return unicodedata.category(character) != "Cf"
