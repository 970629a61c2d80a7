"""What the exchange asks of the world. A driver performs it and sends the result back."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from chimeric.values.chunks import StreamChunk
from chimeric.values.hooks.wants import RunWant, WaitWant
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool
from chimeric.values.transport import WireRequest

if TYPE_CHECKING:
    from chimeric.values.context import Context

    from .hooks.credentials import Flight

__all__ = [
    "GRACE",
    "OPENED",
    "READ",
    "RELEASE",
    "Drain",
    "Effect",
    "Emit",
    "Ending",
    "Fetch",
    "Flow",
    "Join",
    "Opened",
    "Perform",
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


class RunTools(msgspec.Struct):
    """Run tool calls, at most ``parallel`` at a time, and tell what comes of them as it comes.

    The reply is a pair: the place of a call in ``calls``, and a result of it. It is yielded again
    for the next one, until each call has a result whose status is ``completed``. The tools go on
    meanwhile, whatever else the driver does; it ends them with the call. ``until`` is a monotonic
    time by which all must be done, or None. The driver keeps what runs in ``running``.
    """

    calls: Sequence[tuple[Tool, ToolCall]]
    parallel: int
    until: float | None = None
    context: Context | None = None
    running: Any = None


class Fetch(msgspec.Struct, frozen=True):
    """To perform: send a request and give its body to ``take``, piece by piece.

    The value is ``(status, headers)``. Transports that plugins wrap see it if it is ``recorded``.
    """

    request: WireRequest
    take: Callable[[bytes], None]
    recorded: bool = False


class Join(msgspec.Struct, frozen=True):
    """To perform: wait until what another call does has ended. The value is None."""

    joined: Flight


class Perform(msgspec.Struct, frozen=True):
    """Do what a hook asks for; the reply is ``(value, error)``, one of which is None.

    ``until`` is a monotonic time; when it passes first, the reply is None. What is thrown in
    instead of a reply ends the call.

    With ``ending`` it is done although the call has ended, or ends meanwhile: what is still done
    ``GRACE`` seconds after that is late.
    """

    work: WaitWant | RunWant | Fetch | Join
    until: float | None = None
    ending: bool = False


GRACE: Final = 1.0
"""Seconds that hooks have, all together, to finish when the caller has left."""


class Ending(BaseException):
    """Thrown into the exchange when the caller gives the call up.

    Only what hooks ask for is performed after that. ``GeneratorExit`` is thrown where nothing can
    be performed any more: in garbage collection.
    """


Effect: TypeAlias = (
    Perform | Send | Read | Relay | Emit | Drain | Release | Sleep | Opened | RunTools
)
Flow: TypeAlias = Generator[Effect, Any, None]
"""The exchange: yields effects, gets their results."""

READ = Read()
RELEASE = Release()
OPENED = Opened()
