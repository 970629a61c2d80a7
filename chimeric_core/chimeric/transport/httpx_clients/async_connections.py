"""The same connections for event loops."""

from __future__ import annotations

from typing import Any

from .connections import Stream

__all__ = ["AsyncBackend"]


class AsyncBackend:
    """Makes connections that report to the call that uses them."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        """Connect."""
        return _AsyncStream(await self._inner.connect_tcp(*args, **options))


class _AsyncStream(Stream):
    async def start_tls(self, *args: Any, **options: Any) -> Stream:
        return _AsyncStream(await self._inner.start_tls(*args, **options))
