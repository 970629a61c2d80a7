"""Replies that are streamed at a pace, delayed or cut short."""

from __future__ import annotations

from collections.abc import Iterator

import chimeric_dialects

__all__ = ["Reply"]


class Reply(chimeric_dialects.Reply, kw_only=True):
    """One reply: a whole ``body``, or ``pieces`` that are streamed.

    Attributes:
        pieces: the steps of a streamed body; a number is a time to wait, in seconds.
        rate: pieces per second; None for as fast as the client reads, in large chunks;
            ``inf`` for as fast as the client reads, one piece a chunk.
        delay: seconds to wait before the first byte.
        pauses: seconds before each piece, in place of ``rate``.
        cut_after: reset the connection after this many pieces.
    """

    pieces: Iterator[bytes | float] | None = None
    rate: float | None = None
    delay: float = 0.0
    pauses: Iterator[float] | None = None
    cut_after: int | None = None
