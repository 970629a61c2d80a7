"""The neutral answer: blocks that open, grow and close, told as steps that protocols encode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
]

BlockKind = Literal["text", "plan", "thought", "call"]
FinishReason = Literal["stop", "stop_sequence", "length", "tool_calls"]


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
        signature: signature of a finished thought, to be echoed in later turns.
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
    """An answer in the making.

    Attributes:
        blocks: the blocks that have begun.
        usage: token counts so far.
        done: the last step, once it has come.

    Example:
        >>> answer = Answer()
        >>> steps = [*answer.grow(answer.block("text"), ["Hel", "lo"]), answer.finish("stop")]
        >>> answer.blocks[0].text
        'Hello'
    """

    def __init__(self, usage: Usage | None = None) -> None:
        self.blocks: list[Block] = []
        self.usage = usage or Usage()
        self.done: Done | None = None

    def block(self, kind: BlockKind, **fields: object) -> Block:
        """A new block of this answer."""
        order = sum(1 for b in self.blocks if b.kind == kind)
        block = Block(kind, len(self.blocks), order, [], **fields)  # type: ignore[arg-type]
        self.blocks.append(block)
        return block

    def grow(self, block: Block, pieces: Iterable[str]) -> Iterator[Step]:
        """Open, fill and close a block."""
        yield Open(block)
        for text in pieces:
            block.pieces.append(text)
            yield Piece(block, text)
        block.whole = True
        yield Close(block)

    def finish(self, reason: FinishReason) -> Done:
        """The last step: ``reason``, unless something ended the answer before."""
        if self.done is None:
            self.done = Done(reason, self.usage)
        return self.done
