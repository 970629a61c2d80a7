"""The connections of httpx clients of our own, which report to the call that uses them.

httpx tells nobody of a connection before the answer's headers are there. Its pools take a network
backend, though: this one stands before httpcore's own, and tells the call that runs in this
context of every connection that is made for it, and of a pooled one when it writes to it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import httpx

from chimeric.transport.sockets import shut_down_socket
from chimeric.values.transport import Started

__all__ = [
    "RUNNING",
    "Stream",
    "connection_below",
    "report_connections",
    "shut_down_response",
    "surplus",
]

RUNNING: ContextVar[Started | None] = ContextVar("chimeric-running", default=None)
"""What to tell of a connection: the call that waits for its headers."""


def report_connections(transport: httpx.HTTPTransport | httpx.AsyncHTTPTransport) -> None:
    """Let a transport of httpx report its connections.

    httpx has no parameter for it. Should its pool stand elsewhere one day, a call whose headers
    are awaited ends at ``read`` only.
    """
    pool: Any = getattr(transport, "_pool", None)
    backend: Any = getattr(pool, "_network_backend", None)
    if backend is None:
        return
    if isinstance(transport, httpx.HTTPTransport):
        pool._network_backend = _Backend(backend)
    else:
        from chimeric.transport.async_httpx_transport import AsyncBackend

        pool._network_backend = AsyncBackend(backend)


def shut_down_response(response: httpx.Response) -> None:
    """End whatever waits on the response's socket, from any thread."""
    stream: Any = response.extensions.get("network_stream")
    if stream is not None:
        shut_down_socket(stream.get_extra_info("socket"))


def surplus(response: httpx.Response) -> bool:
    """Whether bytes came behind the end of an answer, which httpcore would take for the next's."""
    state: Any = getattr(connection_below(response), "_h11_state", None)
    return state is not None and bool(state.trailing_data[0])


def connection_below(response: httpx.Response) -> Any:
    """httpcore's connection below an answer, or None. There is no public way to it."""
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
        self.aclose = getattr(inner, "aclose", None)
        self._report()

    def close(self) -> None:
        """Close it. Who still waits on it would wait for ever on a socket that is only closed."""
        shut_down_socket(self.get_extra_info("socket"))
        self._inner.close()

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


class _Backend:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        return Stream(self._inner.connect_tcp(*args, **options))
