"""The same connections for event loops."""

from __future__ import annotations

from typing import Any

import httpcore

from .connections import report

__all__ = ["AsyncBackend"]


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Makes connections that report to the call that uses them."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner
        self.sleep = inner.sleep  # type: ignore[method-assign]

    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.connect_tcp(*args, **options))

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.connect_unix_socket(*args, **options))


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.read = inner.read  # type: ignore[method-assign]
        self.aclose = inner.aclose  # type: ignore[method-assign]
        self.get_extra_info = inner.get_extra_info  # type: ignore[method-assign]
        report(inner)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        report(self._inner)
        await self._inner.write(buffer, timeout)

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(*args, **options))
