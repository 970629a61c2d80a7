"""The small protocols of whatever carries the bytes of a call, and of what cuts them up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

import msgspec

from .deltas import Event

if TYPE_CHECKING:
    from .context import Context

__all__ = [
    "AsyncTransport",
    "AsyncWireResponse",
    "Framer",
    "Started",
    "Transport",
    "UnsentBody",
    "WireRequest",
    "WireResponse",
    "WireTimeout",
]


COUNTABLE = 1e8
"""Seconds, three years: more than so many is no limit, and not every platform counts them."""


class WireTimeout(msgspec.Struct, frozen=True):
    """Limits that the transport itself keeps, in seconds.

    ``headers`` is for status and headers together. Whoever opens keeps it as well, by the function
    that ``started`` was given; it is of use to transports that have none to give.
    """

    connect: float | None
    read: float | None
    headers: float | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            seconds = getattr(self, name)
            if seconds is not None and seconds > COUNTABLE:
                msgspec.structs.force_setattr(self, name, None)


class WireRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The exact request: what it holds is sent as it is. Headers may hold secrets: never log it.

    ``context`` is that of the call, None for a request that belongs to none. ``direct`` says that
    the request goes to a service of this process, which is no proxy's business.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: WireTimeout
    context: Context | None = None
    direct: bool = False

    def __repr__(self) -> str:
        return f"WireRequest({self.method} {self.url}, {len(self.body)} bytes)"


Started: TypeAlias = Callable[[Callable[[], None]], None]
"""Told by a transport, as soon as it has a connection, how to end a request on it."""


class UnsentBody:
    """A request's body, let go as it is sent: its answer may be open for a long time.

    Iterate it to send it, with ``for`` or ``async for``; it can be sent once.

    Example:
        >>> body = UnsentBody(b"{}")
        >>> list(body), list(body)
        ([b'{}'], [])
    """

    def __init__(self, data: bytes) -> None:
        self._unsent = [data]

    # No generators: trio complains of one that a cancelled request leaves half way.

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._unsent:
            raise StopIteration
        return self._unsent.pop()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._unsent:
            raise StopAsyncIteration
        return self._unsent.pop()


class WireResponse(Protocol):
    """An answer that has begun."""

    status: int
    headers: Mapping[str, str]

    def read(self) -> bytes:
        """The next bytes, as many as there are; b"" at the end of the body."""
        ...

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read. Idempotent."""
        ...

    def abort(self) -> None:
        """End a blocked ``read`` from another thread. Idempotent, never blocks."""
        ...


class AsyncWireResponse(Protocol):
    """The same, asynchronous."""

    status: int
    headers: Mapping[str, str]

    def read(self) -> Awaitable[bytes]:
        """The next bytes, as many as there are; b"" at the end of the body."""
        ...

    async def aclose(self) -> None:
        """Give up the connection, or put it back if the body is read. Idempotent."""
        ...

    def abort(self) -> None:
        """End a waiting ``read`` from anywhere. Idempotent, never blocks."""
        ...


class Transport(Protocol):
    """Carries requests. Bodies come as they are on the wire: not decompressed.

    Raises only ``TransportError``s: ``ConnectionFailedError``, or ``RequestTimeoutError`` with
    the phase ``connect`` or ``read``. It follows no redirect and retries nothing.
    """

    def open(self, request: WireRequest, started: Started) -> WireResponse:
        """Send the request and return when status and headers are there.

        Args:
            request: what to send.
            started: call it as soon as there is a connection, with a function that ends the
                request from any thread, never blocks and may be called twice: it is how a call is
                ended while its headers are awaited. Again with every new connection; the last
                counts. Once ``open`` has returned, ``WireResponse.abort`` takes over.
        """
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class AsyncTransport(Protocol):
    """The same, asynchronous."""

    async def open(self, request: WireRequest, started: Started) -> AsyncWireResponse:
        """Send the request and return when status and headers are there."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class Framer(Protocol):
    """Cuts a body into events. Its factory is given the most bytes that one event may have.

    The core holds a plugin's framer to that limit, and checks what it returns. One that raises
    ``ProtocolError(limit="event_size")`` by itself, before it keeps more than that, may say so by
    a class attribute ``keeps_limit = True``, and saves the check.

    ``end`` raises ``StreamInterruptedError`` when the body stops inside an event and that can be
    told, and ``ProtocolError`` for what is wrong rather than missing.
    """

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        ...

    def end(self) -> list[Event]:
        """The body has ended; return what stands there without its terminator."""
        ...
