"""What the exchange asks of the world. A driver performs it and sends the result back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeAlias

import msgspec

from chimeric.values.chunks import StreamChunk
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool
from chimeric.values.transport import WireRequest

__all__ = [
    "OPENED",
    "READ",
    "RELEASE",
    "Drain",
    "Effect",
    "Emit",
    "Flow",
    "Opened",
    "Read",
    "Relay",
    "Release",
    "RunTools",
    "Send",
    "Sleep",
]


class Send(msgspec.Struct, frozen=True):
    """Send a request; the reply is ``(status, headers)``. A ``TransportError`` is thrown back.

    ``until`` is a monotonic time by which both must be there, or None. Blocking calls cannot be
    broken off before that: they are told of it by the request's own limits only.
    """

    request: WireRequest
    until: float | None = None


class Read(msgspec.Struct, frozen=True):
    """Read on; the reply is the next bytes, b"" at the end.

    ``until`` is a monotonic time at which to break the connection off if nothing came, or None.
    """

    until: float | None = None


class Relay(msgspec.Struct):
    """Read on and give the caller the chunk that ``take`` makes of the bytes, again and again.

    It ends when ``take`` makes None; there is no reply. What a read or ``take`` raises is thrown
    back. ``asked`` is when the last read began (monotonic); the driver keeps it.
    """

    take: Callable[[bytes], StreamChunk | None]
    asked: float = 0.0


class Drain(msgspec.Struct, frozen=True):
    """Read to the end of the body so that the connection can be used again, or give it up.

    ``seconds`` is the most that this may take. There is no reply.
    """

    seconds: float


class Emit(msgspec.Struct, frozen=True):
    """Give these chunks to the caller, one by one as it asks. There is no reply.

    What iterating them raises is thrown back.
    """

    chunks: Iterable[StreamChunk]


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


Effect: TypeAlias = Send | Read | Relay | Emit | Drain | Release | Sleep | Opened | RunTools
Flow: TypeAlias = Generator[Effect, Any, None]
"""The exchange: yields effects, gets their results."""

READ = Read()
RELEASE = Release()
OPENED = Opened()
