"""The client of the gateway's benchmark: many streams at once over raw sockets, read and counted.

It costs little, so that it is not what the gateway waits for. All it looks at is where text begins
and where the body ends.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, NamedTuple

__all__ = ["Streamed", "stream", "streams"]

END = b"\r\n0\r\n\r\n"


class Streamed(NamedTuple):
    """One answer.

    Attributes:
        first: seconds from the request to the first text.
        texts: how often a word came.
        size: bytes in all.
    """

    first: float
    texts: int
    size: int


async def stream(port: int, path: str, body: dict[str, Any]) -> Streamed:
    """Ask once on a connection of its own, and read to the end.

    Raises:
        RuntimeError: where the answer is no stream.
    """
    return await _Asking(port, path, body).answer()


async def streams(port: int, path: str, body: dict[str, Any], many: int) -> list[Streamed]:
    """So many at once."""
    return await asyncio.gather(*(stream(port, path, body) for _ in range(many)))


class _Asking(asyncio.Protocol):
    """One request on a connection of its own."""

    def __init__(self, port: int, path: str, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer sk-bench\r\nx-api-key: sk-bench\r\n"
            f"anthropic-version: 2023-06-01\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        self._port = port
        self._request = head.encode() + content
        self._tail = b""
        self._head = b""
        self._texts = self._size = 0
        self._began = self._first = 0.0
        self._done: asyncio.Future[Streamed] = asyncio.get_running_loop().create_future()

    async def answer(self) -> Streamed:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: self, "127.0.0.1", self._port)
        try:
            self._began = time.perf_counter()
            transport.write(self._request)
            return await self._done
        finally:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        if len(self._head) < 300:
            self._head += data[:300]
        # A word may be cut in two: its beginning is kept for the next piece.
        known = self._tail + data
        self._texts += known.count(b" word") - self._tail.count(b" word")
        self._tail = known[-7:]
        if self._texts and not self._first:
            self._first = time.perf_counter() - self._began
        if known.endswith(END) and not self._done.done():
            self._done.set_result(Streamed(self._first, self._texts, self._size))

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(f"no stream: {self._head!r}"))
