"""The base class of processors of text: what it is called with, and when."""

from __future__ import annotations

import random
from typing import Any

import pytest

from chimeric import (
    Delta,
    PluginError,
    StreamChunk,
    StreamProcessor,
    TextProcessor,
)
from chimeric.values.hooks.wants import run, wait

from .hand import Hand
from .talk import CALL, hear, plugin, serving, ways, weather


class Noting(TextProcessor):
    """Notes what it is called with."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.called: list[str] = []

    def process_text(self, text: str) -> str:
        self.called.append(text)
        return text


class Masking(TextProcessor):
    """Masks a word, wherever the text is cut."""

    window = len("swordfish") - 1

    def process_text(self, text: str) -> str:
        return text.replace("swordfish", "***")


def test_by_chunk_it_is_called_with_each() -> None:
    noting = Noting()
    hand = Hand(noting)
    chunks = hand.hear("a", "b", Delta(reasoning="hm"), "c")
    chunks += hand.end()
    assert noting.called == ["a", "b", "c"]
    assert [chunk.raw for chunk in chunks] == [b"0", b"1", b"2", b"3", b"4"]


SENTENCES = [
    "Mr. ",
    "Smith paid 3.50 in e.g. ",
    'London!" ',
    "Did he?\n\n",
    "你好。",
    "再见！",
    "Yes...",
]


@pytest.mark.parametrize("seed", range(20))
def test_by_sentence_it_is_called_once_for_each_however_the_text_is_cut(seed: int) -> None:
    cuts = random.Random(seed)
    text = "".join(SENTENCES)
    noting = Noting(by="sentence")
    hand = Hand(noting)
    left = text
    while left:
        size = cuts.randint(1, 12)
        hand.hear(left[:size])
        left = left[size:]
    hand.end()
    assert hand.answer.log.text() == text == "".join(noting.called)
    joined = [sentence.strip() for sentence in noting.called]
    assert joined == [sentence.strip() for sentence in SENTENCES]
    assert not any(sentence.isspace() for sentence in noting.called)


@pytest.mark.parametrize("size", range(1, 12))
def test_a_window_finds_what_lies_across_chunks(size: int) -> None:
    text = "A sword, a swordfish, swordswordfish and a swordfis"
    hand = Hand(Masking())
    for place in range(0, len(text), size):
        hand.hear(text[place : place + size])
    hand.end()
    assert hand.answer.log.text() == text.replace("swordfish", "***")


@pytest.mark.parametrize("how", [{"by": "sentence"}, {"window": 5}])
@pytest.mark.parametrize("way", ways)
def test_what_it_holds_is_never_overtaken(way: str, how: dict[str, Any]) -> None:
    noting = plugin("N", chimeric_stream_processor=lambda context: Noting(**how))
    with serving(["One. Tw", "o", {"reasoning": "hm"}, "o", CALL], ["Three"]) as server:
        chunks, response = hear(way, server, noting, tools=[weather])
    assert response.content == "One. TwooThree"
    if chunks:
        told = [c.delta or c.reasoning or ("call" if c.tool_calls else "") for c in chunks]
        text = "".join(told).replace("callcall", "call").replace("callcall", "call")
        assert text == "One. TwohmocallThree"
        assert [c.turn for c in chunks if c.delta and "Three" in c.delta + "Three"][-1] == 1


def test_texts_says_what_it_is_called_with() -> None:
    class All(Noting):
        texts = ("text", "reasoning", "refusal")

    everything = All(by="sentence")
    hand = Hand(everything)
    chunks = hand.hear("a", Delta(reasoning="b"), Delta(refusal="c"))
    chunks += hand.end()
    assert everything.called == ["a", "b", "c"]
    assert [chunk.reasoning for chunk in chunks if chunk.reasoning] == ["b"]
    assert [chunk.refusal for chunk in chunks if chunk.refusal] == ["c"]
    assert hand.answer.log.text() == "a"


def test_it_may_ask_about_each_sentence() -> None:
    class Asking(TextProcessor):
        by = "sentence"

        def process_text(self, text: str) -> Any:
            if text.startswith("Plain"):
                return text
            return self.asked(text)

        def asked(self, text: str) -> Any:
            yield from wait(0)
            return (yield from run(str.upper, text))

    hand = Hand(
        Asking(), perform=lambda want: want.function(*want.args) if hasattr(want, "args") else None
    )
    hand.hear("One. Two. Plain. Three. Fo", "ur. Plain. ", Delta(reasoning="hm"), "five")
    hand.end()
    assert [step for step in hand.log if isinstance(step, str)] == [
        "ONE. ",
        "TWO. ",
        "Plain. ",
        "THREE. ",
        "FOUR. ",
        "Plain. ",
        "hm",
        "FIVE",
        "stop",
    ]


def test_nothing_is_what_none_and_the_empty_text_become() -> None:
    class Silent(TextProcessor):
        def process_text(self, text: str) -> str | None:
            return None if text == "a" else ""

    hand = Hand(Silent())
    assert hand.hear("a", "b") == []
    assert [chunk.finish_reason for chunk in hand.end()] == ["stop"]
    silent = Silent()
    kept = silent.process(StreamChunk("a").replace(metadata={"k": 1}))
    assert isinstance(kept, StreamChunk)
    assert (kept.delta, kept.metadata) == (None, {"k": 1})


@pytest.mark.parametrize("wrong", [1, b"a", ["a"]])
def test_another_result_is_the_plugins_fault(wrong: Any) -> None:
    class Wrong(TextProcessor):
        def process_text(self, text: str) -> Any:
            return wrong

    kind = type(wrong).__name__
    with pytest.raises(PluginError, match=f"'P0' .*process_text returned {kind}"):
        Hand(Wrong()).hear("a")


def test_a_class_without_process_text_says_so() -> None:
    class Empty(TextProcessor):
        pass

    with pytest.raises(PluginError, match=r"Empty has no process_text\(text\)"):
        Hand(Empty()).hear("a")


@pytest.mark.parametrize("how", [{"by": "word"}, {"window": -1}, {"by": "sentence", "window": 3}])
def test_a_wrong_setting_is_refused(how: Any) -> None:
    with pytest.raises(ValueError, match=r"by|window"):
        Noting(**how)


def test_a_class_with_a_constructor_of_its_own_need_not_call_that_of_the_base() -> None:
    class Own(TextProcessor):
        window = 2

        def __init__(self, word: str) -> None:
            self.word = word

        def process_text(self, text: str) -> str:
            return text.replace(self.word, "x")

    own: StreamProcessor = Own("abc")
    hand = Hand(own)
    hand.hear("ab", "c")
    hand.end()
    assert hand.answer.log.text() == "x"
