"""The intended answer that a stream tells: its blocks, and how its turn ends."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec

from .draw import Draw

__all__ = ["Block", "Intent", "intent"]

WORDS = (
    "Hello",
    ", ",
    "wörld",
    " ",
    "\n",
    "🌍",
    "ha",
    "ha",
    "data: [DONE]\n\n",
    '{"error": "no"}',
    "null",
    "a" * 70,
    "\\u00e9",
)
HEAD = '{"amount":'
"""Arguments that begin with this twice can come in two equal fragments."""

OBJECTS: tuple[tuple[str, str], ...] = (
    ("wipe", "{}"),
    ("wipe", ""),
    ("wipe", '{"what": "x y"}'),
    ("wipe", '{"what":"é\\n\\"}{"}'),
    ("look", '{"q":1}'),
    ("look", '{"q": -12}'),
    ("look", "{}"),
    ("pay", '{"amount": 5}'),
    ("pay", '{\n  "amount": 50\n}'),
    ("pay", '{"amount":[{"a":{}},null,"null"]}'),
    ("pay", '{"amount":{"amount":{"amount":1}}}'),
)
FREE = ("rm -rf /tmp", "print('x')\n", '{"q":1}', "null", "one\n\ntwo")


class Block(msgspec.Struct):
    """A text, a thought, a refusal, or a call with its arguments."""

    kind: str
    pieces: list[str]
    name: str = ""
    id: str = ""
    half: bool = False
    """Whether the answer ends before the call is whole."""
    owned_up: bool = False
    """Whether the server says so itself, in an answer that ends well all the same."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.pieces)

    @property
    def value(self) -> Any:
        """A call's arguments as an object."""
        return json.loads(self.text or "{}")


class Intent(msgspec.Struct):
    """What is to be told: blocks in order, and the manner of the end.

    ``ending`` is ``stop`` (the good end, also of a turn that calls tools), ``length``,
    ``filter``, ``refusal``, ``pause``, ``other``, ``unsaid`` (no reason is told) or ``error``.
    """

    blocks: list[Block]
    ending: str

    @property
    def calls(self) -> list[Block]:
        """The calls alone."""
        return [block for block in self.blocks if block.kind in ("call", "custom")]

    def of(self, kind: str) -> list[Block]:
        """The blocks of a kind."""
        return [block for block in self.blocks if block.kind == kind]


ENDINGS = ("stop",) * 12 + (
    "length",
    "filter",
    "other",
    "other",
    "other",
    "unsaid",
    "error",
    "error",
    "error",
)


def intent(
    draw: Draw,
    *,
    kinds: tuple[str, ...] = ("text", "thought", "call"),
    endings: tuple[str, ...] = (),
    interleaved: bool = False,
    whole_calls: bool = False,
) -> Intent:
    """Draw an answer.

    Args:
        draw: makes the choices.
        kinds: kinds of blocks that the protocol has, besides refusals.
        endings: endings that the protocol has besides the common ones; repeat one for weight.
        interleaved: whether blocks may come in any order, rather than thoughts, texts, calls.
        whole_calls: whether the protocol sends a call in one piece, so that none is half there.
    """
    ending = draw.trait("ending", ENDINGS + endings)
    blocks = _blocks(draw, kinds)
    if not interleaved:
        blocks.sort(key=lambda block: ORDER[block.kind])
    calls = [block for block in blocks if block.kind in ("call", "custom")]
    for place, call in enumerate(calls):
        call.id = f"call_{place}{'abcdefg'[draw.below(7)]}"
    if len(calls) > 1 and draw.quirk("calls: equal", 0.25):
        calls[1].name, calls[1].kind = calls[0].name, calls[0].kind
        calls[1].pieces = list(calls[0].pieces)
    if calls and ending not in ("stop", "pause") and blocks[-1] is calls[-1] and not whole_calls:
        _halve(draw, calls[-1])
    draw.features.append(f"calls: {len(calls)}")
    return Intent(blocks, ending)


ORDER = {"thought": 0, "text": 1, "refusal": 1, "call": 2, "custom": 2}


def _blocks(draw: Draw, kinds: tuple[str, ...]) -> list[Block]:
    if "refusal" in kinds and draw.quirk("content: refusal", 0.06):
        return [Block("refusal", _pieces(draw))]
    usual = [kind for kind in kinds if kind != "refusal"]
    blocks: list[Block] = []
    for _ in range(draw.one((0, 1, 1, 2, 2, 2, 3, 3, 4))):
        kind = draw.one(usual)
        if kind == "custom":
            text = draw.one(FREE)
            blocks.append(Block("custom", _split(draw, text), draw.one(("shell", "patch"))))
        elif kind == "call":
            name, text = draw.one(OBJECTS)
            alike = text.startswith(HEAD + HEAD) and draw.quirk("calls: equal fragments", 0.3)
            pieces = [HEAD, HEAD, text[2 * len(HEAD) :]] if alike else _split(draw, text)
            blocks.append(Block("call", pieces, name))
        else:
            blocks.append(Block(kind, _pieces(draw)))
    return blocks


def _pieces(draw: Draw) -> list[str]:
    return [draw.one(WORDS) for _ in range(draw.one((1, 1, 2, 2, 3, 5)))]


def _split(draw: Draw, text: str) -> list[str]:
    """A text in pieces, whose joints are anywhere."""
    if not text:
        return []
    places = [0, *(draw.cuts(len(text), 3) if draw.chance(0.7) else ()), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places)]


def _halve(draw: Draw, call: Block) -> None:
    """Let a call be cut off, often before its first argument: that looks like a whole one."""
    if draw.chance(0.25):
        return
    call.half = True
    kept = draw.below(len(call.text)) if call.text and draw.chance(0.7) else 0
    call.pieces = _split(draw, call.text[:kept])
    draw.features.append("calls: half")
