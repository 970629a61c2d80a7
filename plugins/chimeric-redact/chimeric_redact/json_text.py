"""Scrubs JSON that comes in pieces: its strings count as they are decoded, and it stays JSON."""

from __future__ import annotations

import json
import re

from .processor import Scrubber, Span
from .rules import Rule

__all__ = ["JSONScrubber", "scrubber_for"]

UNIT = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]"
    r'|[^"\\]+|"|\\',
    re.DOTALL,
)
"""What a string is made of: escapes, characters as they are, its end, and a stray backslash."""

UNFINISHED = re.compile(
    r"\\(?:u[0-9a-fA-F]{0,3})?|\\u[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u[0-9a-fA-F]{0,3})?)?"
)
"""The last of a piece, if an escape, or the second half of a character, may go on."""

NUMBER = frozenset("0123456789+-.eE")


def scrubber_for(
    text: str, rules: tuple[Rule, ...], window: int, counts: dict[str, int], *, json: bool = False
) -> Scrubber | JSONScrubber:
    """A scrubber for a text that begins so; ``json`` says that it was asked for in this form."""
    kind = JSONScrubber if json or text.lstrip().startswith("{") else Scrubber
    return kind(rules, window, counts)


class JSONScrubber:
    """One JSON text that comes in pieces; used as ``Scrubber`` is.

    Each string is a text of its own. A number that holds a match becomes a string.

    Example:
        >>> from .rules import make_rules
        >>> scrubber = JSONScrubber(make_rules(["email"], "[email]"), 128, {})
        >>> scrubber.feed('{"a": "line\\\\nbob@example.com"}') + scrubber.flush()
        '{"a": "line\\\\n[email]"}'
    """

    def __init__(self, rules: tuple[Rule, ...], window: int, counts: dict[str, int]) -> None:
        self._string = _String(rules, window, counts)
        self._between = _Between(rules, window, counts)
        self._inside = False
        self._begun = ""

    @property
    def numbers(self) -> int:
        """Numbers that a string stands for."""
        return self._between.numbers

    def feed(self, text: str) -> str:
        """Take the next piece; return what can be given out."""
        text, self._begun = self._begun + text, ""
        pieces: list[str] = []
        place = 0
        while place < len(text):
            if self._inside:
                place = self._read_string(text, place, pieces)
                continue
            quote = text.find('"', place)
            if quote < 0:
                pieces.append(self._between.feed(text[place:]))
                break
            pieces += (self._between.feed(text[place:quote]), self._between.flush(), '"')
            self._inside, place = True, quote + 1
        return "".join(pieces)

    def flush(self) -> str:
        """Return all that was held back: the text has ended, or something else comes."""
        if not self._inside:
            return self._between.flush()
        begun, self._begun = self._begun, ""
        return self._string.take(list(begun), list(begun)) + self._string.flush()

    def _read_string(self, text: str, place: int, pieces: list[str]) -> int:
        """Read from inside a string; returns where it, or the piece, ends."""
        said: list[str] = []
        written: list[str] = []
        end = len(text)
        for unit in UNIT.finditer(text, place):
            raw = unit.group()
            if raw == '"':
                self._inside, end = False, unit.end()
                break
            if raw[0] == "\\" and UNFINISHED.fullmatch(text, unit.start()):
                self._begun = text[unit.start() :]
                break
            char = _decoded(raw)
            said += char
            written += [raw] if len(char) == 1 else raw
        pieces.append(self._string.take(said, written))
        if not self._inside:
            pieces += (self._string.flush(), '"')
        return end


def _decoded(raw: str) -> str:
    """What a unit says; an escape that is none says itself."""
    if raw[0] != "\\":
        return raw
    try:
        return str(json.loads(f'"{raw}"'))
    except ValueError:
        return raw


class _String(Scrubber):
    """The inside of a string. It is given out as it was written."""

    def __init__(self, rules: tuple[Rule, ...], window: int, counts: dict[str, int]) -> None:
        super().__init__(rules, window, counts)
        self._written: list[str] = []

    def take(self, said: list[str], written: list[str]) -> str:
        """The next characters, and how each is written."""
        self._written += written
        return self.feed("".join(said))

    def _kept(self, text: str, start: int, end: int) -> str:
        begin = len(self._seen)
        return "".join(self._written[start - begin : end - begin])

    def _replaced(self, text: str, span: Span) -> str:
        return json.dumps(span.rule.replacement, ensure_ascii=False)[1:-1]

    def _given_out(self, count: int) -> None:
        del self._written[:count]


class _Between(Scrubber):
    """What stands between strings: numbers, and prose where the text is not JSON."""

    def _spans(self, text: str, begin: int) -> list[Span]:
        """A match in a number takes all of it."""
        spans: list[Span] = []
        for span in super()._spans(text, begin):
            while span.start > begin and text[span.start - 1] in NUMBER and _is_number(text, span):
                span.start -= 1
            while span.end < len(text) and text[span.end] in NUMBER and _is_number(text, span):
                span.end += 1
            if spans and span.start < spans[-1].end:
                spans[-1].end = max(spans[-1].end, span.end)
            else:
                spans.append(span)
        return spans

    def _replaced(self, text: str, span: Span) -> str:
        if not _is_number(text, span):
            return span.rule.replacement
        self.numbers += 1
        return json.dumps(span.rule.replacement, ensure_ascii=False)


def _is_number(text: str, span: Span) -> bool:
    return NUMBER.issuperset(text[span.start : span.end])
