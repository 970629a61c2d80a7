"""Where the rest of a text meets its beginning, whatever they are cut into."""

from __future__ import annotations

import random

import pytest
from chimeric_fallback.told import TELLING, Seam

from chimeric import ProtocolError

WORDS = ("the", "sea", "", "keeper", "row,", "row", "boat.", "Å", "灯台", "💡")
SPACES = (" ", "", "\n", "  ", "\n\n", "\u00a0")
LONG = "It began with a bell no larger than a thumb, left on a doorstep"


def given(seam: Seam, pieces: list[str]) -> str:
    return "".join(map(seam.take, pieces)) + seam.end()


@pytest.mark.parametrize("echoes", [False, True])
def test_no_character_is_doubled_or_missing(echoes: bool) -> None:
    numbers = random.Random(22)
    for _ in range(3000):
        count = numbers.randint(1, 40)
        text = "".join(numbers.choice(SPACES) + numbers.choice(WORDS) for _ in range(count))
        begun = text[: numbers.randint(0, len(text))]
        if not begun.strip():
            continue
        sent = begun.rstrip()
        told = text if echoes else text[len(sent) :]
        pieces: list[str] = []
        while told:
            size = numbers.randint(1, 9)
            pieces.append(told[:size])
            told = told[size:]
        assert begun + given(Seam(begun, echoes=echoes), pieces) == text


def test_white_space_that_was_given_is_not_given_again() -> None:
    assert given(Seam("Once \n"), [" ", "\n", "upon"]) == "upon"
    assert given(Seam("Once \n"), ["upon"]) == "upon"
    assert given(Seam("Once "), ["\n", "upon"]) == "\nupon"
    assert given(Seam("Once "), ["  upon"]) == " upon"
    assert given(Seam("Once "), [" "]) == ""


def test_a_long_beginning_is_known_again() -> None:
    assert len(LONG) >= TELLING
    assert given(Seam(LONG), [LONG[:20], LONG[20:] + " of", " a man"]) == " of a man"
    assert given(Seam(f"{LONG} "), [LONG, " of a man"]) == "of a man"


def test_a_short_beginning_may_come_again_by_itself() -> None:
    assert given(Seam("Row, row"), ["Row, row", " your boat"]) == "Row, row your boat"


def test_a_part_of_the_beginning_is_not_given_at_the_end() -> None:
    assert given(Seam(LONG), [LONG[:50]]) == ""
    assert given(Seam(LONG), [LONG[:3]]) == LONG[:3]  # it may be what the text ends with


def test_other_words_behind_the_same_beginning_are_an_error() -> None:
    seam = Seam(LONG)
    assert seam.take(LONG[:45]) == ""
    with pytest.raises(ProtocolError, match="restarted its answer"):
        seam.take(" on the stairs")


def test_words_that_differ_early_go_on_with_the_text() -> None:
    assert given(Seam(LONG), ["It began", " to rain."]) == "It began to rain."
