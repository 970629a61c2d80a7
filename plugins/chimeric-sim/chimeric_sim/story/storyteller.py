"""The storyteller: an endless supply of different English prose, the same for the same seed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from chimeric_sim.prompts import tokenise

from . import vocabulary as words

__all__ = ["Storyteller", "topic_of", "wanted_tokens"]

_WORD = re.compile(r"[^\W\d_][\w'-]*")
_LENGTH = re.compile(r"(\d[\d,]*)[\s-]*(word|token|sentence|paragraph|chapter|page)", re.IGNORECASE)
_WANTED_LENGTH = re.compile(rf",?\s*\b(?:in|of|with)\s+{_LENGTH.pattern}s?\b", re.IGNORECASE)
_UNITS = {"word": 1.25, "token": 1, "sentence": 20, "paragraph": 75, "chapter": 600, "page": 450}
_NAMED = re.compile(r"\b(?:about|of|on|named|called)\s+(.{3,60}?)(?:[.!?,;:\n]|$)", re.IGNORECASE)

SHORT = 80
"""Tokens of a story that names its topic at once."""


def topic_of(prompt: str) -> str:
    """What a prompt asks about, in a few words, or a topic that fits any story."""
    prompt = _WANTED_LENGTH.sub("", prompt)
    named = _NAMED.search(prompt)
    words_: list[str] = _WORD.findall(named.group(1) if named else prompt)
    if named and words_ and any(w.lower() not in words.STOP_WORDS for w in words_):
        return " ".join(words_[:6])
    telling = [w for w in words_ if len(w) > 3 and w.lower() not in words.STOP_WORDS]
    if not telling:
        return "the missing hour"
    before = words_[words_.index(telling[-1]) - 1].lower()
    article = f"{before} " if before in ("a", "an", "the") else ""
    return article + telling[-1].lower()


def wanted_tokens(prompt: str) -> float | None:
    """The length that a prompt asks for, in tokens: "500 words", "three paragraphs", "forever"."""
    if re.search(r"\b(forever|endless|never[- ]ending)\b", prompt, re.IGNORECASE):
        return float("inf")
    asked = _LENGTH.search(prompt)
    if asked is None:
        return None
    return max(1, int(float(asked.group(1).replace(",", "")) * _UNITS[asked.group(2).lower()]))


class Storyteller:
    """Tells a story that comes from ``prompt`` and ``seed`` and from nothing else.

    Example:
        >>> first = Storyteller("Tell me about tides", seed=1).tell(40)
        >>> "".join(first) == "".join(Storyteller("Tell me about tides", seed=1).tell(40))
        True
    """

    def __init__(self, prompt: str, seed: int) -> None:
        self._random = random.Random(f"{seed}/{prompt}")  # noqa: S311 - prose, no secret
        self._topic = topic_of(prompt)
        self._recent: list[str] = []
        self._scene: dict[str, str] = {}
        self._new_scene()

    def tell(self, tokens: float) -> Iterator[str]:
        """Tokens of a story of about this length, rounded up to a whole sentence.

        ``inf`` tells a story that never ends.
        """
        told = 0
        for paragraph in self._paragraphs(short=tokens < SHORT):
            for sentence in paragraph:
                pieces = tokenise(sentence)
                told += len(pieces)
                ends = told + 24 >= tokens
                yield from pieces
                if ends:
                    if told < tokens:
                        yield from tokenise("\n\n" + self._say(words.CLOSINGS))
                    return

    def think(self) -> Iterator[str]:
        """Tokens of the thoughts before a story."""
        hero, place = self._scene["hero"], self._scene["place"]
        text = (
            f"The prompt asks about {self._topic}. I could open at {place} and let {hero} find "
            f"{self._scene['thing']} early on. A quiet ending will suit it better than a loud one."
        )
        return iter(tokenise(text))

    def _paragraphs(self, *, short: bool = False) -> Iterator[Sequence[str]]:
        chapter = 0
        while True:
            if chapter:
                self._new_scene()
            begins = words.BEGINNINGS if short else words.OPENINGS
            opening = [self._say(begins), self._say(words.ABOUT), self._say(words.THOUGHTS)]
            yield self._joined(opening, first=not chapter)
            for _ in range(self._random.randint(4, 8)):
                yield self._joined(self._paragraph(), first=False)
            chapter += 1

    def _paragraph(self) -> list[str]:
        pick = self._random.random()
        if pick < 0.3:
            return [self._say(words.SPEECH)]
        kinds = [words.MOVES, words.FINDS, words.THOUGHTS]
        if pick > 0.6:
            kinds = [words.FINDS, words.SPEECH, words.THOUGHTS, words.TURNS]
        sentences = [self._say(kind) for kind in kinds]
        if pick > 0.85:
            sentences.insert(2, self._say(words.ABOUT))
        return sentences

    @staticmethod
    def _joined(sentences: Sequence[str], *, first: bool) -> list[str]:
        joined = [f" {s}" for s in sentences]
        joined[0] = sentences[0] if first else "\n\n" + sentences[0]
        return joined

    def _say(self, patterns: Sequence[str]) -> str:
        """A pattern that was not used lately, filled in; a few words change each time."""
        choose = self._random.choice
        pattern = choose(patterns)
        for _ in range(4):
            if pattern not in self._recent:
                break
            pattern = choose(patterns)
        self._recent = [*self._recent[-11:], pattern]
        scene = self._scene
        for slot, choices in _CHANGING.items():
            if slot in pattern:
                scene[slot[1:-1]] = choose(choices)
        text = pattern.format_map(scene)
        return text[0].upper() + text[1:]

    def _new_scene(self) -> None:
        choose = self._random.choice
        they = choose(("she", "he"))
        hero = choose(words.NAMES[they])
        friend = choose([n for names in words.NAMES.values() for n in names if n != hero])
        trait, trade = choose(words.TRAITS), choose(words.TRADES)
        them, their = ("her", "her") if they == "she" else ("him", "his")
        self._scene = {
            "hero": hero,
            "friend": friend,
            "they": they,
            "They": they.capitalize(),
            "them": them,
            "their": their,
            "trait": trait,
            "trade": trade,
            "a_trait": f"{_article(trait)} {trait}",
            "a_trade": f"{_article(trade)} {trade}",
            "topic": self._topic,
            "place": choose(words.PLACES),
            "thing": choose(words.THINGS),
        }


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


_CHANGING: dict[str, Sequence[str]] = {
    "{place}": words.PLACES,
    "{thing}": words.THINGS,
    "{thing2}": words.THINGS,
    "{weather}": words.WEATHER,
    "{time}": words.TIMES,
    "{feeling}": words.FEELINGS,
    "{sound}": words.SOUNDS,
    "{manner}": words.MANNERS,
    "{secret}": words.SECRETS,
}
