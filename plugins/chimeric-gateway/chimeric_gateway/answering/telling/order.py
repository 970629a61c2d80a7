"""In which order the blocks of an answer are told."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec
from chimeric_dialects import Block, Citation, Encoder

__all__ = ["AsTheyCome", "OneAtATime", "Order"]

ASKED: Final = ("call", "server_tool")
"""Blocks that grow by what belongs to them alone, wherever it stands."""


class Order(Protocol):
    """Takes what happens to blocks, and gives the frames that can be told now."""

    def open(self, block: Block) -> bytes:
        """A block begins."""
        ...

    def piece(self, block: Block, text: str) -> bytes:
        """A block grows."""
        ...

    def cite(self, block: Block, citation: Citation) -> bytes:
        """A text has a source."""
        ...

    def phase(self, block: Block) -> bytes:
        """A server tool is at work."""
        ...

    def close(self, block: Block) -> bytes:
        """A block has come to its end."""
        ...

    def whole(self, block: Block, text: str) -> bytes:
        """A block that comes at once."""
        ...

    def holds(self, block: Block) -> bool:
        """Whether a block has not come to its end."""
        ...

    def end(self) -> bytes:
        """Nothing comes any more: whatever is open ends here."""
        ...


class AsTheyCome:
    """Blocks side by side, each told when it comes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._open: dict[int, Block] = {}

    def open(self, block: Block) -> bytes:
        self._open[block.index] = block
        return self._encoder.open(block)

    def piece(self, block: Block, text: str) -> bytes:
        block.pieces.append(text)
        return self._encoder.piece(block, text)

    def cite(self, block: Block, citation: Citation) -> bytes:
        block.citations.append(citation)
        return self._encoder.cite(block, citation)

    def phase(self, block: Block) -> bytes:
        return self._encoder.phase(block, None)

    def close(self, block: Block) -> bytes:
        if self._open.pop(block.index, None) is None:
            return b""
        block.whole = True
        return self._encoder.close(block)

    def whole(self, block: Block, text: str) -> bytes:
        frames = self.open(block)
        if text:
            frames += self.piece(block, text)
        return frames + self.close(block)

    def holds(self, block: Block) -> bool:
        return block.index in self._open

    def end(self) -> bytes:
        return b"".join(self.close(block) for block in list(self._open.values()))


class OneAtATime:
    """One block is open; those that begin meanwhile wait for its end.

    A text or a thought ends where another block begins, a call where the upstream says so, or
    where its arguments are whole and another block begins. What waits is told in its order.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._queue: list[_Waiting] = []

    def open(self, block: Block) -> bytes:
        self._queue.append(_Waiting(block))
        return self._advance()

    def piece(self, block: Block, text: str) -> bytes:
        block.pieces.append(text)
        if self._queue and self._queue[0].block is block:  # as most are
            return self._encoder.piece(block, text)
        waiting = self._growing(block)
        if waiting is None:
            return self._again(block, text)
        waiting.pieces.append(text)
        return b""

    def cite(self, block: Block, citation: Citation) -> bytes:
        block.citations.append(citation)
        waiting = self._find(block)
        if waiting is None:
            return b""  # its text is over
        if waiting is self._queue[0]:
            return self._encoder.cite(block, citation)
        waiting.citations.append(citation)
        return b""

    def phase(self, block: Block) -> bytes:
        head = self._queue[0].block if self._queue else None
        return self._encoder.phase(block, None) if head is block else b""

    def close(self, block: Block) -> bytes:
        waiting = self._find(block)
        if waiting is None or waiting.ended:
            return b""
        block.whole = waiting.ended = True
        return self._advance()

    def whole(self, block: Block, text: str) -> bytes:
        frames = self.open(block)
        if text:
            frames += self.piece(block, text)
        return frames + self.close(block)

    def holds(self, block: Block) -> bool:
        return self._growing(block) is not None

    def end(self) -> bytes:
        for waiting in self._queue:
            waiting.ended = True
        return self._advance()

    def _find(self, block: Block) -> _Waiting | None:
        return next((w for w in reversed(self._queue) if w.block is block), None)

    def _growing(self, block: Block) -> _Waiting | None:
        """Where more of a block goes; what is said behind another block stays behind it."""
        waiting = self._find(block)
        is_last = waiting is not None and waiting is self._queue[-1]
        return waiting if is_last or block.kind in ASKED else None

    def _again(self, block: Block, text: str) -> bytes:
        """Goes on with a text that was closed: to the client it is another block."""
        if block.kind in ASKED:
            return b""  # white space behind whole arguments
        waiting = _Waiting(block, pieces=[text])
        self._queue.append(waiting)
        return self._advance()

    def _advance(self) -> bytes:
        """Close what is over, and open what waits for it."""
        frames = b""
        while self._queue:
            head = self._queue[0]
            if not head.told:
                head.told = True
                frames += self._encoder.open(head.block)
                frames += b"".join(self._encoder.piece(head.block, t) for t in head.pieces)
                frames += b"".join(self._encoder.cite(head.block, c) for c in head.citations)
            if not (head.ended or (len(self._queue) > 1 and _is_over(head.block))):
                break
            frames += self._encoder.close(head.block)
            del self._queue[0]
        return frames


class _Waiting(msgspec.Struct, eq=False):
    """A block, what came for it before it could be told, and how far it is."""

    block: Block
    pieces: list[str] = []
    citations: list[Citation] = []
    told: bool = False
    ended: bool = False


def _is_over(block: Block) -> bool:
    """Whether a block that another one follows has nothing more to come."""
    if block.kind not in ASKED:
        return True
    if block.custom or not block.pieces:
        return False
    try:
        return isinstance(msgspec.json.decode(block.text), dict)
    except (ValueError, RecursionError):
        return False
