"""Answers out of memory: httpx's and httpx2's transports replaced inside a worker's process.

Everything of a library runs, its HTTP client included, except the sockets.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from .server import ASKED
from .wire import pieces, protocol_of

__all__ = ["serve_from_memory"]


class _Pieces:
    """A response body for both kinds of clients."""

    def __init__(self, parts: tuple[bytes, ...]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part

    def close(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


def _answer(library: Any, request: Any, body: bytes) -> Any:
    asked = ASKED.search(body) or ASKED.search(str(request.url).encode())
    assert asked is not None
    mode = asked[1].decode()
    protocol = "tools" if mode == "tools" else protocol_of(request.url.path)

    class Body(_Pieces, library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        pass

    stream = Body(pieces(protocol, int(asked[3])))
    return library.Response(200, headers={"content-type": "text/event-stream"}, stream=stream)


@contextmanager
def serve_from_memory() -> Iterator[None]:
    """Answer every request of this process out of memory."""
    undo: list[tuple[Any, Any]] = []
    for name in ("httpx", "httpx2"):
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue

        def handle(_: Any, request: Any, library: Any = library) -> Any:
            return _answer(library, request, request.read())

        async def ahandle(_: Any, request: Any, library: Any = library) -> Any:
            return _answer(library, request, await request.aread())

        for kind, new in ((library.HTTPTransport, handle), (library.AsyncHTTPTransport, ahandle)):
            undo.append((kind, kind.handle_request if new is handle else kind.handle_async_request))
            setattr(kind, "handle_request" if new is handle else "handle_async_request", new)
    try:
        yield
    finally:
        for kind, old in undo:
            setattr(kind, old.__name__, old)
