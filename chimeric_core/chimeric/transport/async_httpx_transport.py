"""The default transport over httpx for asynchronous calls."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

import httpx
import msgspec

from chimeric.values.transport import Started, WireRequest

from .event_loop import current_loop, is_trio, loop_is_closed
from .httpx_clients.connections import RUNNING, Stream, shut_down_response
from .httpx_clients.messages import message_for
from .httpx_clients.own import own_transport
from .httpx_transport import (
    FAULTS,
    NO_HEADERS,
    NOTHING,
    Answer,
    closed_client,
    translated,
)

__all__ = ["AsyncBackend", "AsyncHttpxTransport"]

_of_parents: list[object] = []
"""What a fork has of its parent's loops; to finish it would wake them."""

POOL_SIZE = 16
"""Open answers of one pool: httpcore looks through all of a pool's connections at each request."""


class AsyncHttpxResponse(Answer):
    """An answer to an asynchronous call."""

    __slots__ = ("_body", "_pool")

    def __init__(self, response: httpx.Response, pool: Pool) -> None:
        super().__init__(response)
        self._pool: Pool | None = pool
        self._body: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]

    async def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            async for data in self._body:
                if data:
                    return data
        except httpx.HTTPError as error:
            failure = self._broken(error)
        else:
            return self._end()
        raise failure

    async def aclose(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.answers -= 1
        try:
            if not self._ended and is_trio():
                await self._unwind()
            self._ended = True
            await self._response.aclose()
        except httpx.HTTPError:
            pass
        self._response.stream = NOTHING

    async def _unwind(self) -> None:
        """Let httpx's generators run to their end: trio warns of suspended ones dropped."""
        shut_down_response(self._response)
        # In httpcore's words, if trio is ending the outer ones of a collected stream meanwhile.
        with contextlib.suppress(Exception):
            async for _ in self._body:
                pass


class AsyncHttpxTransport:
    """Carries requests over an ``httpx.AsyncClient``: the caller's, or one for each event loop.

    Pooled connections belong to the loop that opened them, so a second ``asyncio.run`` gets its
    own pool instead of the first one's dead connections.
    """

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._given = Pool(client) if client is not None else None
        self._own: dict[tuple[object, bool], _Pools] = {}
        self._pid = os.getpid()
        self._closed = False

    async def _pool(self, direct: bool) -> Pool:
        if self._given is not None:
            return self._given
        if self._closed:
            raise closed_client()
        if self._pid != os.getpid():
            # After a fork the parent's connections are left to the parent: not even forgotten.
            _of_parents.append(self._own)
            self._own, self._pid = {}, os.getpid()
        place = (current_loop(), direct)
        kept = self._own.get(place)
        if kept is None:
            for other in list(self._own):  # a copy: loops in other threads add theirs
                if loop_is_closed(other[0]):
                    self._own.pop(other, None)
            kept = self._own[place] = _Pools(direct)
            await kept.begin()
        return kept.pick()

    async def open(self, request: WireRequest, started: Started) -> AsyncHttpxResponse:
        """Send the request and return when status and headers are there."""
        pool = await self._pool(request.direct)
        pool.answers += 1
        try:
            response = await self._send(pool.carrier, request, started)
        except BaseException:
            pool.answers -= 1
            raise
        if response.extensions.get("http_version") == b"HTTP/2":
            from .httpx_clients.shared import AsyncSharedResponse

            return AsyncSharedResponse(response, pool)
        answer = AsyncHttpxResponse(response, pool)
        if self._given is None:
            response.headers = NO_HEADERS  # they were read
        return answer

    async def _send(self, carrier: Any, request: WireRequest, started: Started) -> httpx.Response:
        try:
            if self._given is not None:
                from .httpx_clients.given import asend

                return await asend(carrier, request)
            message = message_for(request)
            running = RUNNING.set(started)
            try:
                return cast("httpx.Response", await carrier.handle_async_request(message))
            finally:
                RUNNING.reset(running)
        except FAULTS as error:
            failure = closed_client() if self._closed else translated(error)
        raise failure

    async def aclose(self) -> None:
        """Close all connections of this loop's own client."""
        self._closed = True
        if self._pid != os.getpid():
            _of_parents.append(self._own)
            return
        loop = current_loop()
        here = [self._own.pop((loop, direct), None) for direct in (False, True)]
        self._own.clear()
        for kept in here:
            if kept is not None:
                await kept.keeper.aclose()


class Pool(msgspec.Struct, eq=False):
    """A transport of httpx, or the caller's client, and how many of its answers are open."""

    carrier: Any
    answers: int = 0


class _Pools:
    """The connections of one event loop; they close when it does.

    Loops finish the generators that are suspended when they shut down; without one, the pooled
    connections of a caller who never closes would be found by the garbage collector.
    """

    def __init__(self, direct: bool) -> None:
        self._direct = direct
        self._pools: list[Pool] = []
        # Over the list alone: a generator that holds this object would live until the next
        # collection, which may come after the loop.
        self.keeper = _closing_with_the_loop(self._pools)

    async def begin(self) -> None:
        await anext(self.keeper)

    def pick(self) -> Pool:
        """The first pool with room, so that few streams share few connections."""
        for pool in self._pools:
            if pool.answers < POOL_SIZE:
                return pool
        pool = Pool(own_transport(httpx.AsyncHTTPTransport, proxies=not self._direct))
        self._pools.append(pool)
        return pool


async def _closing_with_the_loop(pools: list[Pool]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        if current_loop() is not None:  # else the interpreter ends, and the sockets with it
            for pool in pools:
                await pool.carrier.aclose()


class AsyncBackend:
    """Makes connections for event loops that report to the call that uses them."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **options: Any) -> Stream:
        """Connect."""
        return _AsyncStream(await self._inner.connect_tcp(*args, **options))


class _AsyncStream(Stream):
    async def start_tls(self, *args: Any, **options: Any) -> Stream:
        return _AsyncStream(await self._inner.start_tls(*args, **options))
