"""Says random things, each with a mark of its own that can be looked for."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

from .said import Kind, Leaf

__all__ = ["Call", "Speaker"]

T = TypeVar("T")

IDS: tuple[Callable[[int], str], ...] = (
    lambda n: f"toolu_{n:024}",
    lambda n: f"call_{n}" + "a" * 111,
    lambda n: "x" * 64 + str(n),
    lambda n: "y" * 10_000 + str(n),
    lambda n: f"find:{n}",
    lambda n: f"find.{n}",
    lambda n: f"functions.find:{n % 2}",
    lambda n: "find:0",
    lambda n: f"grüße {n} \u2028|/",
    lambda n: "",
)
"""Ids that services and people make: long, equal after cutting, with other letters, repeated."""


OWN: dict[str, Callable[[str], tuple[Any, str]]] = {
    "cache_control": lambda mark: ({"type": "ephemeral"}, "cache_control"),
    "citations": lambda mark: ([_citation(mark)], mark),
    "annotations": lambda mark: ([{"type": "url_citation", "url": mark, "title": "T"}], mark),
    "prefix": lambda mark: (True, "prefix"),
    "phase": lambda mark: ("commentary", "phase"),
    "name": lambda mark: (mark, mark),
    "audio": lambda mark: ({"id": mark}, mark),
    "context": lambda mark: (mark, mark),
    "input_examples": lambda mark: ([{"q": mark}], mark),
    "defer_loading": lambda mark: (True, "defer_loading"),
    "allowed_callers": lambda mark: (["direct"], "allowed_callers"),
    "reasoning_details": lambda mark: ([{"type": "reasoning.text", "text": mark}], mark),
    "extra_content": lambda mark: ({"google": {"thought_signature": mark}}, mark),
}
"""Keys that some service's form has, and what tells them from others."""


def _citation(mark: str) -> dict[str, Any]:
    place = {"document_title": None, "start_char_index": 0, "end_char_index": 1}
    return {"type": "char_location", "cited_text": mark, "document_index": 0, **place}


class Call:
    """A call in the history, and what its form needs to know of it."""

    def __init__(self, number: int, id: str, name: str, arguments: dict[str, Any]) -> None:
        self.number = number
        self.id = id
        self.name = name
        self.arguments = arguments


class Speaker:
    """A source of random things to say.

    Attributes:
        chance: the source of randomness.
        leaves: what was said so far.
        signed: makes a signature of a thought that its service takes for its own; without one
            nothing signed is said.
    """

    def __init__(self, seed: int, signed: Callable[[str, str], str] | None = None) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - no secret
        self.leaves: list[Leaf] = []
        self.signed = signed
        self.open = False
        self._count = 0
        self._calls = 0
        self._odd_ids = self.maybe(0.3)
        self._extras = self.chance.choice((0.0, 0.0, 0.1, 0.3))

    def maybe(self, share: float) -> bool:
        """Whether something is to be, in this share of the cases."""
        return self.chance.random() < share

    def one_of(self, *choices: T) -> T:
        """One of these."""
        return self.chance.choice(choices)

    def mark(self, kind: str) -> str:
        """A mark that nothing else has."""
        self._count += 1
        return f"{kind}-{self._count}-x"

    def word(
        self,
        kind: Kind = "text",
        *,
        told: tuple[str, ...] = (),
        role: str = "",
        call: int = -1,
    ) -> str:
        """A text that can be looked for, with something around it now and then."""
        mark = self.mark(kind)
        leaf = Leaf(kind=kind, mark=mark, spellings=(mark,), told=told, role=role, call=call)
        self.leaves.append(leaf)
        if kind != "text" or self.maybe(0.8):
            return mark
        return self.one_of(f"{mark} ", f"\n{mark}", f'"{mark}" \u2028 {{"a": 1}}', f"  {mark}\n\n")

    def leaf(self, kind: Kind, mark: str, *spellings: str, told: tuple[str, ...] = ()) -> None:
        """Note something that was said."""
        self.leaves.append(Leaf(kind=kind, mark=mark, spellings=spellings or (mark,), told=told))

    def more(self, *own: str) -> dict[str, Any]:
        """Keys that a form may not have; ``own``: such as one service has there."""
        if not self.maybe(self._extras):
            return {}
        if own and self.maybe(0.5):
            key = self.one_of(*own)
            made, mark = OWN[key](self.mark("value"))
            spellings = ('"cache_control"', "cachePoint") if key == "cache_control" else (mark,)
            told = ("cache",) if key == "cache_control" else (f"'{key.lower()}'", "reasoning")
            self.leaf("key", mark, *spellings, told=told)
            return {key: made}
        key = self.mark("key").replace("-", "_")
        return {key: self.value(key)}

    def value(self, key: str) -> Any:
        """Something with a mark, of some depth."""
        mark = self.mark("value")
        self.leaf("key", mark, told=(f"'{key.lower()}'",))
        return self.one_of(mark, {"inner": mark}, [mark], {"inner": [{"deeper": mark}]})

    def call(self, name: str = "find") -> Call:
        """A call of a tool."""
        self._calls += 1
        number = self._calls
        called = self.one_of(*IDS)(number) if self._odd_ids else f"call_{number}"
        arguments: dict[str, Any] = {"q": self.word("argument", call=number)}
        if self.maybe(0.2):
            arguments["more"] = {"deep": [self.word("argument", call=number), 1.5, None, True]}
        return Call(number, called, name, arguments)
