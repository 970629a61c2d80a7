"""The connections of httpx2, which report to the call that uses them.

httpx2 tells nobody of a connection before the answer's headers are there. Its pools take a network
backend, though: this one stands before httpcore2's own, and tells the call that runs in this
context of every connection that is made for it, and of a pooled one when it writes to it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import httpx2

from chimeric import Started, shut_down_socket

__all__ = ["RUNNING", "report_connections", "surplus"]

RUNNING: ContextVar[Started | None] = ContextVar("chimeric-httpx2-running", default=None)
"""What to tell of a connection: the call that waits for its headers."""


def report_connections(transport: httpx2.HTTPTransport | httpx2.AsyncHTTPTransport) -> None:
    """Let a transport of httpx report its connections.

    httpx2 has no parameter for it. Should its pool stand elsewhere one day, a call whose headers
    are awaited ends at ``read`` only.
    """
    pool: Any = getattr(transport, "_pool", None)
    backend: Any = getattr(pool, "_network_backend", None)
    if backend is not None:
        asynchronous = isinstance(transport, httpx2.AsyncHTTPTransport)
        pool._network_backend = (AsyncBackend if asynchronous else Backend)(backend)


def surplus(response: httpx2.Response) -> bool:
    """Whether bytes came behind the end of an answer, which httpcore2 would take for the next's."""
    state: Any = getattr(_connection(response), "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


def _connection(response: httpx2.Response) -> Any:
    """httpcore2's connection below an answer, or None. There is no public way to it."""
    stream: Any = response.stream
    while stream is not None:
        connection = getattr(stream, "_connection", None)
        if connection is not None:
            return connection
        stream = getattr(stream, "_stream", None) or getattr(stream, "_httpcore_stream", None)
    return None


class Stream:
    """A connection, blocking or not, that reports when it is made and when it is written to."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.read, self.get_extra_info = inner.read, inner.get_extra_info  # reads are many
        self.close, self.aclose = getattr(inner, "close", None), getattr(inner, "aclose", None)
        self._report()

    def _report(self) -> None:
        started = RUNNING.get()
        if started is not None:
            info = self.get_extra_info
            started(lambda: shut_down_socket(info("socket")))

    def write(self, buffer: bytes, timeout: float | None = None) -> Any:
        """Write, or return the awaitable that does."""
        self._report()
        return self._inner.write(buffer, timeout)

    def start_tls(self, *args: Any, **options: Any) -> Any:
        """The same connection, encrypted."""
        return Stream(self._inner.start_tls(*args, **options))


class Backend:
    """Makes connections that report."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        """Connect."""
        return Stream(self._inner.connect_tcp(*args, **options))


class AsyncBackend:
    """The same, asynchronous."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        """Connect."""
        return AsyncStream(await self._inner.connect_tcp(*args, **options))


class AsyncStream(Stream):
    """A connection of an event loop."""

    async def start_tls(self, *args: Any, **options: Any) -> Stream:
        """The same connection, encrypted."""
        return AsyncStream(await self._inner.start_tls(*args, **options))
