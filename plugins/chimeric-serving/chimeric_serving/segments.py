"""Where a text may be cut: between words, and between sentences, of any script."""

from __future__ import annotations

import unicodedata
from typing import Final

from wcwidth import iter_graphemes

__all__ = ["Graphemes", "Sentences", "Words"]

LONGEST: Final = 64
"""Characters of one combined character; what is longer is cut, so that the work stays linear."""

ALONE: Final = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3000, 0x30FF),  # CJK marks, kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # ideographs
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),  # full width, half width kana
    (0x20000, 0x3FFFF),
)
"""Scripts that have no blanks between words."""

LEADING: Final = frozenset("เแโใไເແໂໃໄ")
"""Vowels that are written before their consonant."""

IMMEDIATE: Final = frozenset("。！？｡")  # noqa: RUF001
MARKS: Final = frozenset(".!?…‼⁇⁈⁉।॥؟۔։።፧᠃။។") | IMMEDIATE  # noqa: RUF001
CLOSERS: Final = frozenset("\"'”’»›)]}」』）】〉》〕*_`")  # noqa: RUF001
GOING_ON: Final = frozenset(".…")
"""Marks that do not end a sentence where a small letter follows."""
LINE_ENDS: Final = frozenset("\n\r\u2028\u2029\x85")

ABBREVIATIONS: Final = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "etc", "e.g", "i.e", "cf", "al", "fig",
    "vol", "pp", "approx", "inc", "ltd", "dept", "z.b", "d.h", "u.a", "usw", "bzw", "ca", "nr",
    "mme", "mlle", "env", "p.ex", "pág", "dott",
))  # fmt: skip


class Graphemes:
    """Combined characters out of pieces of text: the last one may go on, and is held back."""

    def __init__(self) -> None:
        self._tail = ""

    def add(self, text: str) -> list[str]:
        """Those that are whole now."""
        if not text:
            return []
        found = list(iter_graphemes(self._tail + text))
        self._tail = "" if len(found[-1]) > LONGEST else found.pop()
        return found

    def rest(self) -> str:
        """The last one."""
        tail, self._tail = self._tail, ""
        return tail


class Words:
    """Words with the blanks behind them."""

    def __init__(self) -> None:
        self._graphemes = Graphemes()
        self._word: list[str] = []
        self._last = ""

    def add(self, text: str) -> list[str]:
        """The words that are whole now."""
        out: list[str] = []
        for grapheme in self._graphemes.add(text):
            if self._word and _may_cut(self._last, grapheme):
                out.append("".join(self._word))
                self._word = []
            self._word.append(grapheme)
            self._last = grapheme
        return out

    def rest(self) -> list[str]:
        """What is left at the end."""
        tail = self._graphemes.rest()
        cut = bool(self._word and tail and _may_cut(self._last, tail))
        texts = ["".join(self._word), tail] if cut else ["".join(self._word) + tail]
        self._word = []
        return [text for text in texts if text]


def _may_cut(left: str, right: str) -> bool:
    a, b = left[-1], right[0]
    if b.isspace():
        return False
    if a.isspace():
        return True
    if not (_alone(left[0]) or _alone(b)) or left[0] in LEADING:
        return False
    if _is_digit_or_latin(left[0]) and _is_digit_or_latin(b):
        return False
    return unicodedata.category(left[0]) not in ("Ps", "Pi") and unicodedata.category(b) not in (
        "Pe", "Pf", "Po",
    )  # fmt: skip


def _alone(character: str) -> bool:
    code = ord(character)
    return code >= 0x0E00 and any(first <= code <= last for first, last in ALONE)


def _is_digit_or_latin(character: str) -> bool:
    code = ord(character)
    return code < 0x0250 and character.isalnum()


class Sentences:
    """Sentences with what is between them and the next."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._says = False
        """Whether there is more than blanks in it."""
        self._end = ""
        """The mark (or the end of a line) behind which the sentence may end."""
        self._blank = False
        """Whether a blank came behind it."""
        self._closed = False
        """Whether a quote or a bracket did."""

    def add(self, text: str) -> list[str]:
        """The sentences that are whole now."""
        out: list[str] = []
        for character in text:
            if self._end and self._says and self._begins(character):
                out.append("".join(self._text))
                self._text, self._says, self._end = [], False, ""
            self._take(character)
        return out

    def rest(self) -> list[str]:
        """What is left at the end."""
        text, self._text = "".join(self._text), []
        return [text] if text else []

    def _begins(self, character: str) -> bool:
        """Whether a character begins another sentence, now that one may have ended."""
        if character.isspace() or _goes_on(character):
            return False
        if self._end in LINE_ENDS:
            return True
        if character in MARKS:
            return False
        if self._end in IMMEDIATE:
            return self._blank or character not in CLOSERS
        if not self._blank:
            return False
        if character.islower() and (self._closed or self._end in GOING_ON):
            return False
        return not self._is_abbreviated()

    def _take(self, character: str) -> None:
        self._text.append(character)
        if character in LINE_ENDS:
            self._end, self._blank = character, True
        elif character.isspace():
            self._blank = True
        elif _goes_on(character):
            pass
        elif character in MARKS:
            self._says = True
            self._end, self._blank, self._closed = character, False, False
        elif self._end and character in CLOSERS and not self._blank:
            self._closed = True
        else:
            self._says, self._end, self._blank = True, "", False

    def _is_abbreviated(self) -> bool:
        """Whether the point that was seen belongs to the word before it."""
        if self._end != ".":
            return False
        text = "".join(self._text[-24:]).rstrip()
        if self._closed:
            return False
        word = text[:-1].split()[-1:] or [""]
        last = word[0].lstrip("([{\"'“‘«*_")  # noqa: RUF001
        if last.isdigit():
            return len(last) <= 3 and self._is_first(last)  # of a numbered list
        return (len(last) == 1 and last.isalpha()) or last.lower() in ABBREVIATIONS

    def _is_first(self, word: str) -> bool:
        return "".join(self._text).strip().startswith(f"{word}.")


def _goes_on(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return character == "\u200d" or unicodedata.category(character)[0] == "M"
