"""The neutral answer: blocks that open, grow and close, told as steps that protocols encode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

import msgspec

from .parts import Citation, File, ServerTool, Token

__all__ = [
    "Answer",
    "Block",
    "BlockKind",
    "Cite",
    "Close",
    "Done",
    "FinishReason",
    "Open",
    "Phase",
    "Piece",
    "Step",
    "Usage",
]

BlockKind = Literal["text", "plan", "refusal", "thought", "call", "server_tool", "approval", "file"]
FinishReason = Literal[
    "stop", "stop_sequence", "length", "tool_calls", "content_filter", "refusal", "pause"
]


class Block(msgspec.Struct):
    """One part of an answer.

    Attributes:
        kind: ``text``, ``plan`` (text before tool calls), ``refusal`` (why there is no answer),
            ``thought``, ``call``, ``server_tool`` (a tool that the service runs), ``approval``
            (an MCP call that the caller must allow) or ``file``.
        index: position among all blocks.
        order: position among the blocks of its kind.
        pieces: the text so far: words, JSON arguments of a call; of a server tool the code that
            it runs, or its arguments as JSON.
        id: a call's id, of a server tool and an approval too.
        name: a call's tool.
        custom: whether a call's input is free text.
        signature: signature of a finished thought, to be echoed in later turns.
        whole: whether the block reached its natural end.
        tool: what a server tool does, or the call that an approval is asked for.
        file: what a file holds.
        citations: sources of a text that have been told.
        tokens: probabilities of what the pieces hold, where they are wanted.
        told: how many of them have been told.
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
    tool: ServerTool | None = None
    file: File | None = None
    citations: list[Citation] = []
    tokens: list[Token] = []
    told: int = 0

    @property
    def server_tool(self) -> ServerTool:
        """What the block of a server tool or an approval does.

        Raises:
            ValueError: for a block of another kind.
        """
        if self.tool is None:
            raise ValueError(f"a block of the kind {self.kind!r} runs no tool")
        return self.tool

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
    """Token counts.

    Attributes:
        input: all of the request.
        output: all of the answer.
        reasoning: how many of ``output`` are thoughts.
        cached: how many of ``input`` were read from a cache.
        cache_write: how many of ``input`` were written to one.
        known: whether anybody counted; chat completions leave unknown counts out.
    """

    input: int = 0
    output: int = 0
    reasoning: int = 0
    cached: int = 0
    cache_write: int = 0
    known: bool = True

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


class Phase(msgspec.Struct, frozen=True):
    """A server tool is at work; the first time, its input is whole. ``preview``: what it has."""

    block: Block
    preview: File | None = None


class Cite(msgspec.Struct, frozen=True):
    """A text has a source, which is already in its ``citations``."""

    block: Block
    citation: Citation


class Close(msgspec.Struct, frozen=True):
    """A block ends."""

    block: Block


class Done(msgspec.Struct, frozen=True):
    """The answer ends."""

    reason: FinishReason
    usage: Usage
    stop_sequence: str | None = None


Step: TypeAlias = Open | Piece | Phase | Cite | Close | Done


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
        block = Block(kind, len(self.blocks), order, **fields)  # type: ignore[arg-type]
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

    def cite(self, block: Block, citation: Citation) -> Step:
        """Add a source to a text."""
        block.citations.append(citation)
        return Cite(block, citation)

    def finish(self, reason: FinishReason) -> Done:
        """The last step: ``reason``, unless something ended the answer before."""
        if self.done is None:
            self.done = Done(reason, self.usage)
        return self.done
