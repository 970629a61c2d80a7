"""The connections of httpx clients of our own, which report to the call that uses them.

httpx tells nobody of a connection before the answer's headers are there. Its pools take a network
backend, though: this one stands before httpcore's own, and tells the call that runs in this
context of every connection that is made for it, and of a pooled one when it writes to it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from chimeric.transport.sockets import shut_down_socket
from chimeric.values.transport import Started

__all__ = [
    "RUNNING",
    "connection_below",
    "report",
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
    if isinstance(transport, httpx.AsyncHTTPTransport):
        from .async_connections import AsyncBackend

        pool._network_backend = AsyncBackend(backend)
    else:
        pool._network_backend = _Backend(backend)


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


def report(stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream) -> None:
    started = RUNNING.get()
    if started is not None:
        info = stream.get_extra_info

        def give_up() -> None:
            shut_down_socket(info("socket"))

        started(give_up)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner
        self.sleep = inner.sleep  # type: ignore[method-assign]

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_tcp(*args, **options))

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.connect_unix_socket(*args, **options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        # Straight through: reads are many.
        self.read = inner.read  # type: ignore[method-assign]
        self.close = inner.close  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]
        report(inner)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        report(self._inner)
        self._inner.write(buffer, timeout)

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **options))
