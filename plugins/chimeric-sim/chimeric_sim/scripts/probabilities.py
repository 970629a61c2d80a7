"""How probable the tokens of an answer are: made up, but the same for the same token."""

from __future__ import annotations

import math
import zlib

from chimeric_dialects import Token

__all__ = ["probable"]


def probable(text: str, alternatives: int) -> Token:
    """A token with its probability, and with the likeliest ones at its place, itself first.

    Example:
        >>> probable("tide", 2).top[0].text
        'tide'
    """
    share = 0.5 + zlib.crc32(text.encode()) % 1000 / 2100
    tokens = [Token(text, math.log(share))]
    rest = 1 - share
    for number in range(1, alternatives):
        rest /= 2
        tokens.append(Token(_other(text, number), math.log(rest)))
    return Token(text, tokens[0].logprob, tuple(tokens[:alternatives]))


def _other(text: str, number: int) -> str:
    space = " " if text.startswith(" ") else ""
    return f"{space}{_OTHERS[(len(text) + number) % len(_OTHERS)]}"


_OTHERS = (
    "and",
    "of",
    "the",
    "a",
    "to",
    "in",
    "it",
    "was",
    "no",
    "so",
    "as",
    "by",
    "or",
    "on",
    "at",
    "he",
    "we",
    "be",
    "is",
    "if",
    "but",
    "an",
    "you",
)
