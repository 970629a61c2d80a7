"""However a text is cut, and wherever a forbidden word stands in it, nothing of it comes out."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_guard import Guard, StopSequences, ThinkTags, words
from chimeric_testing import Reply, play, prepare

from chimeric import Chimeric, run

from .conftest import Heard, everything, frames

pytestmark = pytest.mark.slow

WORDS = ("swordfish", "naïve", "red herring", "straße", "秘密")
SPELLINGS = {
    "swordfish": (
        "swordfish",
        "SwordFish",
        "sword\u00adfish",
        "ｓｗｏｒｄｆｉｓｈ",
        "sword\u200bfish",
    ),
    "naïve": ("naïve", unicodedata.normalize("NFD", "naïve"), "NAÏVE"),
    "red herring": ("red herring", "Red  Herring", "red\u00a0herring"),
    "straße": ("straße", "STRASSE", "Strasse"),
    "秘密": ("秘密",),
}
HARMLESS = (
    *(
        "swordfishes",
        "sword fish",
        "a",
        "naïvety",
        "red",
        "herrings",
        "Hello",
        "straßen",
        "秘",
        "I",
    ),
    *("3.14", "e.g.", "—", "word,", "end.", "End!", "so…", "\n", "😀", "fish", "sword"),
)


def folded(text: str) -> str:
    seen = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


SIZES = (1, 4, 4, 9, 9, 30, 60)
FOLDED = tuple(map(folded, WORDS))


def cut(rng: random.Random, text: str, most: int) -> list[str]:
    """A text in pieces of random sizes."""
    pieces: list[str] = []
    place = 0
    while place < len(text):
        size = rng.randint(1, most)
        pieces.append(text[place : place + size])
        place += size
    return pieces


def wire(rng: random.Random, said: list[Any]) -> tuple[bytes, ...]:
    """The bytes of a stream, one read for each event or cut anywhere."""
    events = list(frames(said))
    if rng.random() < 0.5:
        return tuple(events)
    body = b"".join(events)
    places = sorted(rng.sample(range(1, len(body)), min(20, len(body) - 1)))
    return tuple(body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True))


def played(client: Chimeric, pieces: tuple[bytes, ...], **params: Any) -> Heard:
    run_ = play(prepare(client, "compatible:m", "Hi", **params), [Reply(pieces)])
    return Heard(run_.chunks, run_.response, run_.error)


def texts(rng: random.Random) -> tuple[str, str]:
    """A text, and how much of it stands before a forbidden word (all, where there is none)."""
    before = " ".join(rng.choices(HARMLESS, k=rng.randint(0, 16)))
    after = " ".join(rng.choices(HARMLESS, k=rng.randint(0, 5)))
    before += " " if before else ""
    if rng.random() < 0.2:
        return before + after, before + after
    word = rng.choice(SPELLINGS[rng.choice(WORDS)])
    return f"{before}{word}{rng.choice((' ', '.', ', ', '! '))}{after}", before


def inline(text: str) -> bool:
    told = " ".join(folded(text).split())
    return not any(word in told for word in FOLDED)


def asking(text: str) -> Iterator[Any]:
    return (yield from run(inline, text))


GUARDS = {
    "words": Guard(words(WORDS)),
    "words by sentence": Guard(words(WORDS), by="sentence", most=300),
    "a function": Guard(inline, by="window", window=1, overlap=24, inline=True),
    "a thread": Guard(asking, by="window", window=30, overlap=24),
}
TIMES = {"words": 4000, "words by sentence": 2000, "a function": 2000, "a thread": 2000}
"""10,000 chunkings in all."""


@pytest.mark.parametrize("name", GUARDS)
def test_no_chunking_lets_a_forbidden_word_out(name: str) -> None:
    client = Chimeric(
        base_url="http://127.0.0.1:9/v1", plugins=[GUARDS[name]], only_plugins=["compatible"]
    )
    refused = 0
    exact = name.startswith("words")
    for seed in range(TIMES[name]):
        rng = random.Random(seed)
        text, before = texts(rng)
        text, before = text.replace("\n", " "), before.replace("\n", " ")
        heard = played(client, wire(rng, cut(rng, text, rng.choice(SIZES))))
        assert heard.error is None, seed
        assert heard.response is not None
        given = heard.response.content
        assert heard.text == given
        if exact and before == text:
            assert (given, heard.response.finish_reason) == (text, "stop"), seed
        if before != text:
            assert heard.response.finish_reason == "content_filter", (seed, text)
            assert before.startswith(given), (seed, text, given)
            refused += 1
        if seed % 20 == 0:  # all fields; the others are made of what was compared above
            told = folded(everything(heard))
            assert before == text or not any(
                word
                in told.replace("swordfishes", "").replace("naïvety", "").replace("straßen", "")
                for word in FOLDED
                if word not in folded(before)
            ), seed
    assert refused > TIMES[name] / 2
    client.close()


def test_no_chunking_changes_where_a_stop_sequence_cuts() -> None:
    sequences = ["END", "###", "\n\nUser:", "ENDING", "aab"]
    client = Chimeric(
        base_url="http://127.0.0.1:9/v1",
        plugins=[StopSequences(sequences)],
        only_plugins=["compatible"],
    )
    for seed in range(1000):
        rng = random.Random(seed)
        text = "".join(rng.choices(["E", "N", "D", "#", "\n", "User:", " one", "a", "b"], k=40))
        places = [text.find(sequence) for sequence in sequences if sequence in text]
        # As a provider does: it ends where the first one is complete.
        wanted = text[: min(places)] if places else text
        heard = played(client, wire(rng, cut(rng, text, rng.choice(SIZES))))
        assert heard.response is not None
        assert heard.text == heard.response.content == wanted, seed
        assert heard.response.finish_reason == "stop"
        assert ("stop_emulated" in heard.response.metadata) is bool(places)
    client.close()


def test_no_chunking_changes_what_is_reasoning() -> None:
    client = Chimeric(
        base_url="http://127.0.0.1:9/v1", plugins=[ThinkTags()], only_plugins=["compatible"]
    )
    for seed in range(1000):
        rng = random.Random(seed)
        said = ["<", "think", ">", "</", "a < b", "\n", "hm", " <think>x</think> ", "</thin"]
        thought = "".join(rng.choices(said[4:8], k=rng.randint(0, 5)))
        answer = "x" + "".join(rng.choices(said, k=rng.randint(0, 8)))
        text = f"{rng.choice(('', ' ', chr(10)))}<think>{thought}</think>\n\n{answer}"
        heard = played(client, wire(rng, cut(rng, text, rng.choice(SIZES))))
        assert heard.response is not None
        assert heard.response.content == answer, (seed, text)
        assert (heard.response.reasoning or "") == thought.lstrip(), (seed, text)
        heard = played(client, wire(rng, cut(rng, answer, rng.choice(SIZES))))
        assert heard.text == answer
    client.close()
