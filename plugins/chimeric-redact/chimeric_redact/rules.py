"""What is looked for: named rules and the caller's own patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

__all__ = ["Rule", "make_rules"]


class Rule(msgspec.Struct, frozen=True):
    """A pattern, what takes the place of its matches, and what else a match must be."""

    name: str
    pattern: re.Pattern[str]
    replacement: str
    holds: Callable[[str], bool] | None = None

    def matches(self, text: str, place: int) -> Iterator[tuple[int, int]]:
        """Start and end of each match from ``place`` on."""
        while (match := self.pattern.search(text, place)) is not None:
            if match.end() > match.start() and (self.holds is None or self.holds(match.group())):
                yield match.span()
                place = match.end()
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


NAMED: dict[str, tuple[str, Callable[[str], bool] | None]] = {
    "email": (r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+\b", None),
    "card": (r"(?<![\d.])(?:\d[ -]?){12,18}\d(?!\d|\.\d)", is_card_number),
    "key": (r"\b(?:sk|pk|rk|xai|gsk|ghp|gho|csk)[-_][A-Za-z0-9_-]{16,}|\bAKIA[A-Z0-9]{16}\b", None),
}


def make_rules(patterns: Iterable[str | re.Pattern[str]], replacement: str) -> tuple[Rule, ...]:
    """Rules of names and patterns.

    Raises:
        ValueError: for a pattern that cannot be compiled, or that matches the empty text.
    """
    rules: list[Rule] = []
    for pattern in (patterns,) if isinstance(patterns, str) else patterns:
        name, holds = "redacted", None
        if isinstance(pattern, str) and pattern in NAMED:
            name = pattern
            pattern, holds = NAMED[pattern]
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        if compiled.match(""):
            raise ValueError(f"{pattern!r} matches the empty text")
        rules.append(Rule(name, compiled, replacement.replace("{name}", name), holds))
    return tuple(rules)
