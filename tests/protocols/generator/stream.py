"""A written answer: its frames, and what they tell."""

from __future__ import annotations

import msgspec

from .telling import Tell
from .wire import Frame

__all__ = ["Stream", "whole"]


class Stream(msgspec.Struct):
    """The frames of an answer, or its one document."""

    frames: list[Frame]
    document: bool = False
    """Whether it is an answer that is not streamed: cut anywhere, it is worth nothing."""
    binary: bool = False
    """Whether the framing tells that a body ends within an event."""

    @property
    def body(self) -> bytes:
        """All bytes."""
        return b"".join(frame.data for frame in self.frames)


def whole(body: bytes, tells: tuple[Tell, ...]) -> Stream:
    """An answer that is not streamed."""
    return Stream([Frame(body, len(body), tells)], document=True)
