"""aiohttp as a transport: one session for each event loop, bytes as they come."""

from __future__ import annotations

import asyncio
import functools
import io
import os
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextvars import ContextVar
from typing import Any

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from chimeric import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
    Started,
    WireRequest,
    current_spawner,
    shut_down_socket,
)

from .proxies import Proxies

__all__ = ["AiohttpTransport"]

HEADER_SIZE = 64 * 1024
"""Bytes of one header line; the aiohttp default of 8 KiB is less than some gateways send."""

KEEP_ALIVE = 15.0
"""Seconds that an idle connection is kept."""

LARGE = 2**16
"""Bytes of a request's body from which on it is sent in pieces."""

_of_parents: list[object] = []
"""What a fork has of its parent's loops; to finish it would wake them."""

RUNNING: ContextVar[Started | None] = ContextVar("chimeric-aiohttp-running", default=None)
"""What to tell of a connection: the request that waits for its headers."""

FAULTS = (aiohttp.ClientError, TimeoutError, OSError, ValueError, OverflowError)


def translate(error: Exception) -> ChimericError:
    """The typed error for one of aiohttp's. Its text is kept, the object is not: it holds the
    request with its headers."""
    text = str(error) or type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return RequestTimeoutError(f"no connection in time: {text}", phase="connect")
        case TimeoutError():
            return RequestTimeoutError(f"no byte in time: {text}", phase="read")
        case ssl.SSLCertVerificationError() | aiohttp.ClientConnectorCertificateError():
            return ConnectionFailedError(f"the connection failed: {text}")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return ConfigurationError("the URL cannot be used")
        case aiohttp.ClientResponseError() if "Got more than" in error.message:
            return ProtocolError("the answer's headers are too large", limit="headers")
        case aiohttp.ClientHttpProxyError():
            return ConnectionFailedError(f"the proxy refused it with status {error.status}")
        case aiohttp.ClientResponseError():
            # str() of this one repeats the URL and whatever the server sent.
            return ConnectionFailedError(f"the answer is not HTTP: {error.message}")
        case ValueError() if "header" in text.lower() or "newline" in text.lower():
            return ConfigurationError("the request holds a header that HTTP cannot carry")
        case ValueError() | OverflowError():
            return ConfigurationError("the URL cannot be used: its host or port is missing")
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def body_of(request: WireRequest) -> bytes | io.BytesIO | None:
    """What to send; in pieces if it is large, so that the event loop goes on meanwhile."""
    body = request.body
    return io.BytesIO(body) if len(body) > LARGE else body or None


class Response:
    """An answer that has begun."""

    __slots__ = ("_connection", "_readany", "_response", "_spawn", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._readany = response.content.readany
        connection = response.connection
        self._connection = None if connection is None else connection.transport
        self._spawn = current_spawner()
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            return await self._readany()
        except FAULTS as error:
            failure = translate(error)
        raise failure

    async def aclose(self) -> None:
        """Give up the connection; one whose body is read has gone back to the pool already."""
        self._response.close()

    def abort(self) -> None:
        """End a waiting read, from any thread."""
        if self._response.content.is_eof():
            return  # the connection may serve another request by now
        shut_down(self._connection)
        if self._spawn is not None:
            self._spawn(self._wake)

    async def _wake(self) -> None:
        """End a read that nothing wakes: a session that closes forgets who reads from it."""
        content = self._response.content
        if not content.is_eof():
            content.set_exception(aiohttp.ClientConnectionError("the answer was cut off"))


def shut_down(connection: asyncio.BaseTransport | None) -> None:
    """Shut the socket of a connection down, from any thread."""
    if connection is not None and not connection.is_closing():
        shut_down_socket(connection.get_extra_info("socket"))


class Connector(aiohttp.TCPConnector):
    """Tells the request that runs in this context of its connection, a new one or a pooled one."""

    async def connect(self, *args: Any, **options: Any) -> Connection:
        """Get a connection."""
        connection = await super().connect(*args, **options)
        started, transport = RUNNING.get(), connection.transport
        if started is not None:
            started(functools.partial(shut_down, transport))
        return connection


class AiohttpTransport:
    """Carries requests over an ``aiohttp.ClientSession`` for each event loop."""

    def __init__(self) -> None:
        self._kept: dict[asyncio.AbstractEventLoop, Kept] = {}
        self._pid = os.getpid()
        self._closed = False

    async def open(self, request: WireRequest, started: Started) -> Response:
        """Send the request and return when status and headers are there."""
        kept = await self._here()
        limits = request.timeout
        running = RUNNING.set(started)
        try:
            url = URL(request.url, encoded=True)
            response = await kept.session.request(
                request.method,
                url,
                headers=request.headers,
                data=body_of(request),
                allow_redirects=False,
                proxy=None if request.direct else kept.proxies.of(url),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=limits.connect, sock_read=limits.read
                ),
            )
        except FAULTS as error:
            failure = translate(error)
        else:
            return Response(response)
        finally:
            RUNNING.reset(running)
        raise failure

    async def aclose(self) -> None:
        """Close the connections of this loop; those of other loops close with them."""
        self._closed = True
        if self._pid != os.getpid():
            _of_parents.append(self._kept)
            return
        kept = self._kept.pop(asyncio.get_running_loop(), None)
        self._kept.clear()
        if kept is not None:
            await kept.keeper.aclose()

    async def _here(self) -> Kept:
        """What is kept for the running loop."""
        if self._closed:
            raise ConfigurationError("this client is closed; make a new one")
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "transport='aiohttp' needs asyncio; on trio use the transport 'httpx'"
            ) from None
        if self._pid != os.getpid():
            # After a fork the parent's connections are left to the parent: not even forgotten.
            _of_parents.append(self._kept)
            self._kept, self._pid = {}, os.getpid()
        kept = self._kept.get(loop)
        if kept is None:
            for ended in [other for other in self._kept if other.is_closed()]:
                del self._kept[ended]
            kept = self._kept[loop] = Kept()
            await anext(kept.keeper)
        return kept


class Kept:
    """A session that closes when its event loop ends.

    A loop finishes the asynchronous generators that run in it; this one closes the session then.
    """

    def __init__(self) -> None:
        self.session = _new_session()
        self.proxies = Proxies()
        self.keeper = self._keep()

    async def _keep(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.session.close()


def _new_session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        # No limit: the hundred-and-first stream must not wait for the first to end.
        connector=Connector(limit=0, keepalive_timeout=KEEP_ALIVE),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
        auto_decompress=False,
        max_line_size=HEADER_SIZE,
        max_field_size=HEADER_SIZE,
    )
