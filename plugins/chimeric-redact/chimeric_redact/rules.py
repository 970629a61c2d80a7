"""What is looked for: named rules and the caller's own patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

__all__ = ["Rule", "make_rules"]


class Rule(msgspec.Struct, frozen=True):
    """A pattern, what takes the place of its matches, and how much of a match is a true one.

    ``signs`` are texts of which every match has one: where there is none, the pattern, which may be
    a hundred times slower to look for, is not looked for.
    """

    name: str
    pattern: re.Pattern[str]
    replacement: str
    length: Callable[[str], int] = len
    signs: tuple[str, ...] = ()

    def matches(self, text: str, place: int) -> Iterator[tuple[int, int]]:
        """Start and end of each match from ``place`` on."""
        if self.signs and not any(sign in text for sign in self.signs):
            return
        while (match := self.pattern.search(text, place)) is not None:
            length = self.length(match.group())
            if length:
                yield match.start(), match.start() + length
                place = match.start() + length
            else:
                place = match.start() + 1  # a true one may begin inside a false one


def is_card_number(text: str) -> bool:
    """Whether the digits of a text pass the Luhn check that all card numbers pass.

    Example:
        >>> is_card_number("4111 1111 1111 1111"), is_card_number("4111 1111 1111 1112")
        (True, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [sum(divmod(2 * d, 10)) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def card_length(text: str) -> int:
    """How many characters of a run of digits are a card number; 0 where none begins there.

    Other digits may follow after a blank or a hyphen: the month it expires in, the code on its
    back. The longest number counts that ends there and passes the check.

    Example:
        >>> card_length("4111 1111 1111 1111 12"), card_length("0000 0000 0000 0000")
        (19, 0)
    """
    if text[0].isdigit() and int(text[0]) == 0:
        return 0  # no issuer's number begins so, and rows of zeros are common
    ends = [match.start() + 1 for match in re.finditer(r"\d(?!\d)", text)]
    for end in reversed(ends):
        number = text[:end]
        if sum(c.isdigit() for c in number) < SHORTEST_CARD:
            return 0
        if is_card_number(number):
            return len(number)
    return 0


SHORTEST_CARD = 13
"""Digits."""

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Letters of scripts that part words by no space: text goes on right beside an address."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0df3\u0f18-\u0f84\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u200c\u200d"
)
"""What stands on, under and beside letters and is none for ``\\w``: accents, the points of Hebrew
and Arabic, the vowels of India's scripts, and what joins or parts letters."""

WORD = rf"(?:(?![{SPACELESS}])[\w{MARKS}])"
LOCAL = rf"(?:(?![{SPACELESS}])[\w{MARKS}.%+-])"
LABEL = rf"(?:(?![_{SPACELESS}])[\w{MARKS}-])"
ANY_LABEL = rf"(?:(?!_)[\w{MARKS}{SPACELESS}-])"

EMAIL = (
    # Letters of any script with words apart (RFC 6531), whatever stands beside them.
    rf"(?<!{WORD}){WORD}{LOCAL}{{0,255}}[@\uff20]{LABEL}{{1,63}}(?:\.{LABEL}{{1,63}})+"
    # A name or a domain in one of the other scripts.
    rf"|[\w{MARKS}{SPACELESS}.%+-]{{0,63}}[{SPACELESS}][@\uff20]{ANY_LABEL}{{1,63}}"
    rf"(?:\.{ANY_LABEL}{{1,63}})+"
    rf"|(?<!{WORD}){WORD}{LOCAL}{{0,255}}[@\uff20](?=[{SPACELESS}]){ANY_LABEL}{{1,63}}"
    rf"(?:\.{ANY_LABEL}{{1,63}})+"
)

GAPS = " \u00a0\u2007\u2009\u202f\u2010-\u2013-"
"""What may part the groups of a number: blanks and hyphens, those that break no line too."""

KEY = (
    # `_` may stand before one that cannot be a part of an identifier.
    r"(?<![A-Za-z0-9_])(?:sk|pk|rk|xai|gsk|gh[oprsu]|csk)[-_][A-Za-z0-9_-]{16,}"
    r"|(?<=_)(?:(?:sk|pk|rk|xai|gsk|csk)-|(?:sk|pk|rk)_(?:live|test)_)[A-Za-z0-9_-]{16,}"
    r"|(?<![A-Za-z0-9])(?:A[KS]IA[A-Z0-9]{16}(?![A-Z0-9])|AIza[A-Za-z0-9_-]{30,}"
    r"|github_pat_[A-Za-z0-9_]{22,}|gh[oprsu]_[A-Za-z0-9]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|hf_[A-Za-z0-9]{20,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*)"
)

NAMED: dict[str, tuple[str, Callable[[str], int], tuple[str, ...]]] = {
    "email": (EMAIL, len, ("@", "\uff20")),
    "card": (rf"(?<![\d.])(?:\d[{GAPS}]?){{12,18}}\d(?!\d|\.\d)", card_length, ()),
    "key": (KEY, len, ()),
}


def make_rules(patterns: Iterable[str | re.Pattern[str]], replacement: str) -> tuple[Rule, ...]:
    """Rules of names and patterns.

    Raises:
        ValueError: for a pattern that cannot be compiled, or that matches the empty text.
    """
    rules: list[Rule] = []
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        name: str = "redacted"
        length: Callable[[str], int] = len
        signs: tuple[str, ...] = ()
        if isinstance(pattern, str) and pattern in NAMED:
            name = pattern
            pattern, length, signs = NAMED[pattern]
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        if compiled.match(""):
            raise ValueError(f"{pattern!r} matches the empty text")
        rules.append(Rule(name, compiled, replacement.replace("{name}", name), length, signs))
    return tuple(rules)
