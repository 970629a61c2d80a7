"""The connections of httpx2, which report to the call that uses them.

httpx2 tells nobody of a connection before the answer's headers are there. Its pools take a network
backend, though: this one stands before httpcore2's own, and tells the call that runs in this
context of every connection that is made for it, and of a pooled one when it writes to it.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import httpcore2
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
        pool._network_backend = (_AsyncBackend if asynchronous else _Backend)(backend)


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


def _report(stream: httpcore2.NetworkStream | httpcore2.AsyncNetworkStream) -> None:
    started = RUNNING.get()
    if started is not None:
        info = stream.get_extra_info

        def give_up() -> None:
            shut_down_socket(info("socket"))

        started(give_up)


class _Backend(httpcore2.NetworkBackend):
    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner
        self.sleep = inner.sleep  # type: ignore[method-assign]

    def connect_tcp(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.connect_tcp(*args, **options))

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.connect_unix_socket(*args, **options))


class _Stream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        # Straight through: reads are many.
        self.read = inner.read  # type: ignore[method-assign]
        self.close = inner.close  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]
        _report(inner)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _report(self._inner)
        self._inner.write(buffer, timeout)

    def start_tls(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(*args, **options))


class _AsyncBackend(httpcore2.AsyncNetworkBackend):
    def __init__(self, inner: httpcore2.AsyncNetworkBackend) -> None:
        self._inner = inner
        self.sleep = inner.sleep  # type: ignore[method-assign]

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        return _AsyncStream(await self._inner.connect_tcp(*args, **options))

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        return _AsyncStream(await self._inner.connect_unix_socket(*args, **options))


class _AsyncStream(httpcore2.AsyncNetworkStream):
    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self.read = inner.read  # type: ignore[method-assign]
        self.aclose = inner.aclose  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]
        _report(inner)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _report(self._inner)
        await self._inner.write(buffer, timeout)

    async def start_tls(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(*args, **options))
