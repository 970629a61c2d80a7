"""Answers that share one connection: those of HTTP/2, over the caller's client."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import anyio
import httpx

from chimeric.errors import ConnectionFailedError
from chimeric.transport.async_httpx_transport import AsyncHttpxResponse, Pool
from chimeric.transport.event_loop import current_spawner
from chimeric.transport.httpx_transport import HttpxResponse

from .connections import connection_below

__all__ = ["AsyncSharedResponse", "SharedResponse"]


def alone(response: httpx.Response) -> bool:
    """Whether an answer of HTTP/2 has its connection to itself."""
    return len(getattr(connection_below(response), "_events", ())) == 1


def end_alone(response: httpx.Response) -> None:
    """End one of several answers of an HTTP/2 connection, for whoever blocks on it.

    The blocked thread may be reading for all of them, so it takes note with the next frame of any.
    """
    events: Any = getattr(connection_below(response), "_events", {})
    waiting: Any = events.get(response.extensions.get("stream_id"))
    if waiting is not None:
        ended: Any = sys.modules["h2.events"].StreamEnded  # an answer of HTTP/2 has loaded it
        waiting.append(ended.__new__(ended))


class SharedResponse(HttpxResponse):
    """One of several answers on a connection, whose socket is not its own to shut down."""

    __slots__ = ("_aborted",)

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self._aborted = False

    def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        data = super().read()
        if self._aborted:
            raise broken_off()
        return data

    def abort(self) -> None:
        """End a blocked read; the others of the connection go on."""
        if alone(self._response):
            super().abort()
        elif not self._ended:
            self._aborted = True
            end_alone(self._response)


class AsyncSharedResponse(AsyncHttpxResponse):
    """The same, asynchronous."""

    __slots__ = ("_aborted", "_cancel", "_spawn")

    def __init__(self, response: httpx.Response, pool: Pool) -> None:
        super().__init__(response, pool)
        self._aborted = False
        self._cancel: Callable[[], None] | None = None
        self._spawn = current_spawner()

    async def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        if not self._aborted:
            with anyio.CancelScope() as scope:
                self._cancel = scope.cancel
                try:
                    return await super().read()
                finally:
                    self._cancel = None
        raise broken_off()

    async def _unwind(self) -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            async for _ in self._body:
                pass

    def abort(self) -> None:
        """End a waiting read; the others of the connection go on."""
        if self._ended:
            return
        self._aborted = True
        if self._spawn is not None:
            self._spawn(self._leave)

    async def _leave(self) -> None:
        if self._cancel is not None:
            self._cancel()


def broken_off() -> ConnectionFailedError:
    """The error for an answer that was ended on a connection that goes on."""
    return ConnectionFailedError("the answer was cut off")
