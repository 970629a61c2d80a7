"""The protocol of what cuts a body into events."""

from __future__ import annotations

from typing import Protocol

from .deltas import Event

__all__ = ["Framer"]


class Framer(Protocol):
    """Cuts a body into events.

    ``end`` raises ``StreamInterruptedError`` when the body stops inside an event and that can be
    told, and ``ProtocolError`` for what is wrong rather than missing.
    """

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        ...

    def end(self) -> list[Event]:
        """The body has ended; return what stands there without its terminator."""
        ...
