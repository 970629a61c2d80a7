"""The neutral answer: blocks that open, grow and close, told as steps that protocols encode."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import msgspec

__all__ = [
    "Answer",
    "Block",
    "BlockKind",
    "Close",
    "Done",
    "FinishReason",
    "Open",
    "Piece",
    "Step",
    "Usage",
    "make_id",
]

BlockKind = Literal["text", "plan", "thought", "call"]
FinishReason = Literal["stop", "stop_sequence", "length", "tool_calls"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ids = random.Random()  # noqa: S311 - ids, no secrets


def make_id(prefix: str, length: int = 24) -> str:
    """A fresh id that looks like a service's: ``prefix`` and random letters and digits."""
    return prefix + "".join(_ids.choices(_ALPHABET, k=length))


class Block(msgspec.Struct):
    """One part of an answer.

    Attributes:
        kind: ``text``, ``plan`` (text before tool calls), ``thought`` or ``call``.
        index: position among all blocks.
        order: position among the blocks of its kind.
        pieces: the text so far: words, or JSON arguments of a call.
        id: a call's id.
        name: a call's tool.
        custom: whether a call's input is free text.
        signature: seal of a finished thought, to be echoed in later turns.
        whole: whether the block reached its natural end.
    """

    kind: BlockKind
    index: int
    order: int = 0
    pieces: list[str] = []
    id: str = ""
    name: str = ""
    custom: bool = False
    signature: str = ""
    whole: bool = False

    @property
    def text(self) -> str:
        """All pieces."""
        return "".join(self.pieces)

    def arguments(self) -> Any:
        """A call's arguments, decoded; ``{}`` where a limit cut them short."""
        try:
            return msgspec.json.decode(self.text)
        except msgspec.DecodeError:
            return {}


class Usage(msgspec.Struct):
    """Token counts; ``output`` includes ``reasoning``."""

    input: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        """Input and output."""
        return self.input + self.output


class Open(msgspec.Struct, frozen=True):
    """A block begins."""

    block: Block


class Piece(msgspec.Struct, frozen=True):
    """A block grows by ``text``, which is already in its ``pieces``."""

    block: Block
    text: str


class Close(msgspec.Struct, frozen=True):
    """A block ends."""

    block: Block


class Done(msgspec.Struct, frozen=True):
    """The answer ends."""

    reason: FinishReason
    usage: Usage
    stop_sequence: str | None = None


Step: TypeAlias = Open | Piece | Close | Done


class Answer:
    """An answer in the making: iterate over its steps once.

    Attributes:
        blocks: the blocks that have begun.
        usage: token counts so far.
        done: the last step, once it has come.
    """

    def __init__(self, input_tokens: int, limit: int | None, stop: tuple[str, ...]) -> None:
        self.blocks: list[Block] = []
        self.usage = Usage(input=input_tokens)
        self.done: Done | None = None
        self._limit = float("inf") if limit is None else limit
        self._stop = stop

    def block(self, kind: BlockKind, **fields: object) -> Block:
        """A new block of this answer."""
        order = sum(1 for b in self.blocks if b.kind == kind)
        block = Block(kind, len(self.blocks), order, [], **fields)  # type: ignore[arg-type]
        self.blocks.append(block)
        return block

    def grow(self, block: Block, pieces: Iterator[str]) -> Iterator[Step]:
        """Open, fill and close a block; ends the answer at its limit or at a stop text."""
        yield Open(block)
        if block.kind in ("text", "plan") and self._stop:
            pieces = self._until_stop(pieces)
        usage, kept = self.usage, block.pieces
        limit, thought = self._limit, block.kind == "thought"
        for text in pieces:
            if usage.output >= limit:
                self.done = Done("length", usage)
                break
            usage.output += 1
            usage.reasoning += thought
            kept.append(text)
            yield Piece(block, text)
        else:
            block.whole = True
        yield Close(block)

    def finish(self, reason: FinishReason) -> Done:
        """The last step: ``reason``, unless something ended the answer before."""
        if self.done is None:
            self.done = Done(reason, self.usage)
        return self.done

    def _until_stop(self, pieces: Iterator[str]) -> Iterator[str]:
        """Hold back what may be the beginning of a stop text, and end before a whole one."""
        longest = max(map(len, self._stop))
        held = ""
        for piece in pieces:
            held += piece
            found = [(held.find(s), s) for s in self._stop if s in held]
            if found:
                at, text = min(found)
                if at:
                    yield held[:at]
                self.done = Done("stop_sequence", self.usage, text)
                return
            safe = len(held) - longest + 1
            if safe > 0:
                yield held[:safe]
                held = held[safe:]
        if held:
            yield held
