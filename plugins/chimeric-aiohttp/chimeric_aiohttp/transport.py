"""aiohttp as a transport: one session for each event loop, bytes as they come."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncGenerator, Mapping

import aiohttp
from yarl import URL

from chimeric import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
    WireRequest,
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

FAULTS = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


def translate(error: Exception) -> ChimericError:
    """The typed error for one of aiohttp's. Its text is kept, the object is not: it holds the
    request with its headers."""
    text = str(error) or type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return RequestTimeoutError(f"no connection in time: {text}", phase="connect")
        case TimeoutError():
            return RequestTimeoutError(f"no byte in time: {text}", phase="read")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return ConfigurationError("the URL cannot be used")
        case aiohttp.ClientResponseError() if "Got more than" in error.message:
            return ProtocolError("the answer's headers are too large", limit="headers")
        case aiohttp.ClientResponseError():
            # str() of this one repeats the URL and whatever the server sent.
            return ConnectionFailedError(f"the answer is no HTTP: {error.message}")
        case ValueError():
            return ConfigurationError("the request holds a header that HTTP cannot carry")
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def body_of(request: WireRequest) -> bytes | io.BytesIO | None:
    """What to send; in pieces if it is large, so that the event loop goes on meanwhile."""
    body = request.body
    return io.BytesIO(body) if len(body) > LARGE else body or None


class Response:
    """An answer that has begun."""

    __slots__ = ("_readany", "_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._readany = response.content.readany
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
        connection = self._response.connection
        transport = None if connection is None else connection.transport
        if transport is not None:
            shut_down_socket(transport.get_extra_info("socket"))


class AiohttpTransport:
    """Carries requests over an ``aiohttp.ClientSession`` for each event loop."""

    def __init__(self) -> None:
        self._kept: dict[asyncio.AbstractEventLoop, Kept] = {}
        self._pid = os.getpid()
        self._closed = False

    async def open(self, request: WireRequest) -> Response:
        """Send the request and return when status and headers are there."""
        kept = await self._here()
        limits = request.timeout
        try:
            url = URL(request.url, encoded=True)
            response = await kept.session.request(
                request.method,
                url,
                headers=request.headers,
                data=body_of(request),
                allow_redirects=False,
                proxy=kept.proxies.of(url),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=limits.connect, sock_read=limits.read
                ),
            )
        except FAULTS as error:
            failure = translate(error)
        else:
            return Response(response)
        raise failure

    async def aclose(self) -> None:
        """Close the connections of this loop; those of other loops close with them."""
        self._closed = True
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
            # After a fork the parent's connections are left to the parent.
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
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
        auto_decompress=False,
        max_line_size=HEADER_SIZE,
        max_field_size=HEADER_SIZE,
    )
