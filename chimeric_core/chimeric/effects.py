"""What the exchange asks of the world. A driver performs it and sends the result back."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, TypeAlias

import msgspec

from .chunks import StreamChunk
from .messages import ToolCall
from .tools import Tool
from .transport import WireRequest

__all__ = [
    "OPENED",
    "READ",
    "RELEASE",
    "Drain",
    "Effect",
    "Flow",
    "Opened",
    "Read",
    "Release",
    "RunTools",
    "Send",
    "Sleep",
]


class Send(msgspec.Struct, frozen=True):
    """Send a request; the reply is ``(status, headers)``. A ``TransportError`` is thrown back."""

    request: WireRequest


class Read(msgspec.Struct, frozen=True):
    """Read on; the reply is the next bytes, b"" at the end.

    ``until`` is a monotonic time at which to break the connection off if nothing came, or None.
    """

    until: float | None = None


class Drain(msgspec.Struct, frozen=True):
    """Read to the end of the body so that the connection can be used again, or give it up.

    ``seconds`` is the most that this may take. There is no reply.
    """

    seconds: float


class Release(msgspec.Struct, frozen=True):
    """Give up the current response. There is no reply."""


class Sleep(msgspec.Struct, frozen=True):
    """Wait. There is no reply."""

    seconds: float


class Opened(msgspec.Struct, frozen=True):
    """The answer has begun: ``generate`` may return the stream. There is no reply."""


class RunTools(msgspec.Struct, frozen=True):
    """Run tool calls, at most ``parallel`` at a time; the reply is their results in order.

    ``until`` is a monotonic time by which all must be done, or None.
    """

    calls: Sequence[tuple[Tool, ToolCall]]
    parallel: int
    until: float | None = None


Effect: TypeAlias = Send | Read | Drain | Release | Sleep | Opened | RunTools
Flow: TypeAlias = Generator[StreamChunk | Effect, Any, None]
"""The exchange: yields chunks for the caller and effects for the driver."""

READ = Read()
RELEASE = Release()
OPENED = Opened()
