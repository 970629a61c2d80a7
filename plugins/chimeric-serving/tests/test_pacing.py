"""Text by words, by sentences, at a pace: never a lost, doubled or halved character."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from chimeric_serving import sentences, smooth, words
from hypothesis import given
from hypothesis import strategies as st

SAMPLE = (
    "It is 3.14. Dr. No said: “Go!” He went.\n\nHello 世界。今日は「はい。」と言った！สวัสดีครับ "
    "👩‍👩‍👧‍👦 🇩🇪🇫🇷 ✊🏽 e\u0301a\u0308 नमस्ते दुनिया। क्या? 안녕하세요 세계. مرحبا؟ نعم\r\nend… ok\t"
)
WAYS = [words, sentences, lambda text: smooth(text, 1e9)]


def cut(text: str, sizes: list[int]) -> Iterator[str]:
    """A text in pieces of these sizes, over and over."""
    place = 0
    while place < len(text):
        for size in sizes:
            yield text[place : place + size]
            place += size


@pytest.mark.parametrize("way", WAYS)
@given(
    text=st.text(max_size=60) | st.just(SAMPLE),
    sizes=st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any),
)
def test_what_comes_out_is_the_text_however_it_was_cut(way, text, sizes):
    pieces = list(way(cut(text, sizes)))
    assert "".join(pieces) == text
    assert all(pieces)


@pytest.mark.parametrize("way", [words, sentences])
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any))
def test_where_it_is_cut_does_not_depend_on_the_pieces(way, sizes):
    assert list(way(cut(SAMPLE, sizes))) == list(way(SAMPLE))


WHOLE = ["👩‍👩‍👧‍👦", "🇩🇪", "🇫🇷", "✊🏽", "e\u0301", "a\u0308", "स्ते", "วั", "ดี", "\r\n"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_combined_characters_are_never_cut(way, size):
    pieces = list(way(cut(SAMPLE, [size])))
    for whole in WHOLE:
        assert any(whole in piece for piece in pieces), whole


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hello  there,\nAnna", ["Hello  ", "there,\n", "Anna"]),
        ("世界、今日", ["世", "界、", "今", "日"]),
        ("「はい」と", ["「は", "い」", "と"]),
        ("Python 3.11を使う", ["Python ", "3.11", "を", "使", "う"]),
        ("안녕 세계", ["안녕 ", "세계"]),
        ("เมือง", ["เมื", "อ", "ง"]),
        ("  x", ["  ", "x"]),
        ("", []),
    ],
)
def test_words_of_any_script(text, told):
    assert list(words(text)) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("It is 3.14 at v1.2. Yes.", ["It is 3.14 at v1.2. ", "Yes."]),
        ("Ask Dr. No. He knows.", ["Ask Dr. No. ", "He knows."]),
        ("J. S. Bach wrote. He died.", ["J. S. Bach wrote. ", "He died."]),
        ("“What?” she said. “No.” He left.", ["“What?” she said. ", "“No.” ", "He left."]),
        ("hi! how are you? fine", ["hi! ", "how are you? ", "fine"]),
        ("Wait... what? No", ["Wait... what? ", "No"]),
        (
            "# Title\n\n1. First. Then\n2. Second",
            ["# Title\n\n", "1. First. ", "Then\n", "2. Second"],
        ),
        ("今日は。「はい。」行く？うん", ["今日は。", "「はい。」", "行く？", "うん"]),
        ("क्या? हाँ। ठीक", ["क्या? ", "हाँ। ", "ठीक"]),
        ("مرحبا؟ نعم۔ لا", ["مرحبا؟ ", "نعم۔ ", "لا"]),
        ("\n\nHello", ["\n\nHello"]),
        ("", []),
    ],
)
def test_sentences_of_any_script(text, told):
    assert list(sentences(text)) == told


def test_a_sentence_is_given_as_soon_as_the_next_one_begins():
    read: list[str] = []

    def source() -> Iterator[str]:
        for piece in ["One. ", "Two. ", "Thr"]:
            read.append(piece)
            yield piece

    found = sentences(source())
    assert next(found) == "One. "
    assert read == ["One. ", "Two. "]


class Source:
    """An asynchronous source that knows whether it was closed."""

    def __init__(self, pieces: list[Any]) -> None:
        self.closed = False
        self._pieces = iter(pieces)

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        piece = next(self._pieces, None)
        if piece is None:
            raise StopAsyncIteration
        if isinstance(piece, Exception):
            raise piece
        return str(piece)

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize("way", WAYS)
def test_an_asynchronous_text_gives_an_asynchronous_one(way):
    async def run() -> list[str]:
        return [piece async for piece in way(Source(list(SAMPLE)))]

    assert asyncio.run(run()) == list(way(list(SAMPLE)))


@pytest.mark.parametrize("way", WAYS)
def test_leaving_closes_what_the_text_comes_from(way):
    async def run() -> bool:
        source = Source(["a b. C d. ", "E f. G"] * 20)
        found = way(source)
        await anext(found)
        await found.aclose()
        return source.closed

    assert asyncio.run(run())
    closed: list[bool] = []

    def source() -> Iterator[str]:
        try:
            yield from ["a b. C d. ", "E f. G"] * 20
        finally:
            closed.append(True)

    found = way(source())
    next(found)
    found.close()
    assert closed == [True]


@pytest.mark.parametrize("way", WAYS)
def test_what_came_before_a_failure_is_given_before_it_is_raised(way):
    def source() -> Iterator[str]:
        yield "half a wo"
        raise OSError("cut off")

    found: list[str] = []
    with pytest.raises(OSError, match="cut off"):
        for piece in way(source()):
            found.append(piece)
    assert "".join(found) == "half a wo"

    async def run() -> str:
        text = ""
        with pytest.raises(OSError, match="cut off"):
            async for piece in way(Source(["half a wo", OSError("cut off")])):
                text += piece
        return text

    assert asyncio.run(run()) == "half a wo"


def test_a_burst_comes_at_the_pace_that_was_asked_for():
    began = time.monotonic()
    pieces = [(time.monotonic() - began, piece) for piece in smooth(["x" * 100], 200)]
    assert 0.4 < pieces[-1][0] < 0.9
    assert max(len(piece) for _, piece in pieces) <= 7
    for at, (seen, _) in enumerate(pieces[1:], 1):
        so_far = sum(len(piece) for _, piece in pieces[:at])
        assert seen > so_far / 200 - 0.02


def test_a_slow_text_is_not_made_slower_and_its_pauses_earn_no_burst():
    def source() -> Iterator[str]:
        for _ in range(5):
            time.sleep(0.05)
            yield "ab"
        yield "x" * 40

    began = time.monotonic()
    times = [time.monotonic() - began for _ in smooth(source(), 100)]
    assert 0.5 < times[-1] < 1.2


@pytest.mark.parametrize("pace", [0, -1, float("inf"), float("nan")])
def test_a_pace_that_is_none_is_refused(pace):
    with pytest.raises(ValueError, match="chars_per_second"):
        smooth(["a"], pace)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("character", ["x", "世", "\u0301", " ", "."])
def test_the_work_is_in_proportion_to_the_text(way, character):
    def seconds(size: int) -> float:
        best = 9.0
        for _ in range(3):
            began = time.process_time()
            assert sum(map(len, way(character for _ in range(size)))) == size
            best = min(best, time.process_time() - began)
        return best

    assert seconds(20_000) < 12 * seconds(5_000) + 0.1
