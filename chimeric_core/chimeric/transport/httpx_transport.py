"""The default transport: httpx, sync and async. The one module that imports it."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

import httpx

from chimeric.errors import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
)
from chimeric.values.transport import UnsentBody, WireRequest

from .event_loop import current_loop, is_dead, is_trio
from .sockets import shut_down

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)
HttpxClient: TypeAlias = httpx.Client
AsyncHttpxClient: TypeAlias = httpx.AsyncClient

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0)
"""No limit on connections: the hundred-and-first stream must not wait for the first to end."""

NOTHING = httpx.ByteStream(b"")
"""Takes the place of a closed answer's stream, which refers back to the answer."""

FAULTS = (httpx.HTTPError, httpx.InvalidURL, RuntimeError)
NO_HEADERS = httpx.Headers()
POOL_SIZE = 16
"""Open answers of one pool: httpcore looks through all of a pool's connections at each request."""


def _tls() -> ssl.SSLContext:
    """httpx's own settings. Reading the certificates takes 20 ms: once for all clients."""
    return _read_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _read_certificates(file: str | None, directory: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()  # which reads the two variables by itself


def _translate(error: Exception) -> ChimericError:
    """The typed error for one of httpx's. Its text is kept, the object is not: it holds headers."""
    text = str(error) or type(error).__name__
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return RequestTimeoutError(f"no connection in time: {text}", phase="connect")
        case httpx.TimeoutException():
            return RequestTimeoutError(f"no byte in time: {text}", phase="read")
        case httpx.LocalProtocolError():
            return ConfigurationError("the request holds a header that HTTP cannot carry")
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return ConfigurationError(f"the URL cannot be used: {text}")
        case httpx.RemoteProtocolError() if "buffer" in text or "too large" in text.lower():
            return ProtocolError(f"the answer's headers are too large: {text}", limit="headers")
        case RuntimeError():
            if "closed" not in text:
                raise error
            return _closed()
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def _headers(request: WireRequest) -> list[tuple[bytes, bytes]]:
    # As bytes: httpx takes text for ASCII.
    return [(n.encode("ascii"), v.encode("latin-1")) for n, v in request.headers.items()]


def _closed() -> ConfigurationError:
    return ConfigurationError("this client is closed; make a new one")


def _timeout(request: WireRequest) -> dict[str, float | None]:
    connect, read = request.timeout.connect, request.timeout.read
    return {"connect": connect, "read": read, "write": read, "pool": connect}


class _Body(UnsentBody, httpx.SyncByteStream, httpx.AsyncByteStream):
    """In the form that httpx takes."""


@functools.lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


def _message(request: WireRequest) -> httpx.Request:
    """The request for a client of ours, which has nothing to add to it."""
    url = _parsed(request.url)
    headers = _headers(request)
    known = request.headers
    if "host" not in known:
        headers.insert(0, (b"Host", url.netloc))
    if "connection" not in known:
        headers.append((b"Connection", b"keep-alive"))
    if "content-length" not in known and (request.body or request.method != "GET"):
        headers.append((b"Content-Length", b"%d" % len(request.body)))
    return httpx.Request(
        request.method,
        url,
        headers=headers,
        stream=_Body(request.body),
        extensions={"timeout": _timeout(request)},
    )


def _merged(client: httpx.Client | httpx.AsyncClient, request: WireRequest) -> httpx.Request:
    """The request for the caller's client, whose headers, cookies and parameters join it."""
    return client.build_request(
        request.method,
        request.url,
        headers=_headers(request),
        content=request.body,
        extensions={"timeout": _timeout(request)},
    )


def _forget_headers(response: httpx.Response) -> None:
    """Let go of what httpx keeps, in three copies, of an own client's headers: they were read."""
    response.headers = response.request.headers = NO_HEADERS


def _shut_down(response: httpx.Response) -> None:
    """End whatever waits on the response's socket, from any thread."""
    stream: Any = response.extensions.get("network_stream")
    if stream is not None:
        shut_down(stream.get_extra_info("socket"))


class _Response:
    """An answer that has begun."""

    __slots__ = ("_body", "_ended", "_response", "headers", "status")

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._ended = False
        self._body: Iterator[bytes] = iter(response.stream)  # type: ignore[arg-type]
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers.items())

    def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            for data in self._body:
                if data:
                    return data
            self._ended = True  # the connection may serve another request from now on
            return b""
        except httpx.HTTPError as error:
            failure = _translate(error)
        raise failure

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        with contextlib.suppress(httpx.HTTPError):
            self._response.close()
        self._response.stream = NOTHING

    def abort(self) -> None:
        """End a blocked read."""
        if not self._ended:
            _shut_down(self._response)


def _made(kind: type[C]) -> C:
    """An own client of that kind.

    httpx reads the proxies from the environment; another thread that changes a variable meanwhile
    makes that fail, and a second look succeed.
    """
    make = functools.partial(kind, verify=_tls(), limits=LIMITS, follow_redirects=False)
    for _ in range(3):
        with contextlib.suppress(KeyError, RuntimeError):
            return make()
    return make()


class HttpxTransport:
    """Carries requests over an ``httpx.Client``: the caller's, or one of its own."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._given = client
        self._own: httpx.Client | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._closed = False

    def _client(self) -> httpx.Client:
        if self._given is not None:
            return self._given
        if self._closed:
            raise _closed()
        if self._own is None or self._pid != os.getpid():
            with self._lock:
                if self._own is None or self._pid != os.getpid():
                    # After a fork the parent's connections are left to the parent.
                    self._own = _made(httpx.Client)
                    self._pid = os.getpid()
        return self._own

    def open(self, request: WireRequest) -> _Response:
        """Send the request and return when status and headers are there."""
        client = self._client()
        try:
            message = _message(request) if self._given is None else _merged(client, request)
            response = client.send(message, stream=True, follow_redirects=False)
        except FAULTS as error:
            failure = _translate(error)
        else:
            answer = _Response(response)
            if self._given is None:
                _forget_headers(response)
            return answer
        raise failure

    def close(self) -> None:
        """Close all connections of an own client; the caller's client is the caller's."""
        self._closed = True
        own, self._own = self._own, None
        if own is not None and self._pid == os.getpid():
            own.close()


class _AsyncResponse:
    """An answer that has begun."""

    __slots__ = ("_body", "_ended", "_pool", "_response", "headers", "status")

    def __init__(self, response: httpx.Response, pool: _Pool) -> None:
        self._response = response
        self._pool: _Pool | None = pool
        self._ended = False
        self._body: AsyncIterator[bytes] = aiter(response.stream)  # type: ignore[arg-type]
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers.items())

    async def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            async for data in self._body:
                if data:
                    return data
            self._ended = True  # the connection may serve another request from now on
            return b""
        except httpx.HTTPError as error:
            failure = _translate(error)
        raise failure

    async def aclose(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.answers -= 1
        try:
            if not self._ended and is_trio():
                await self._unwind()
            await self._response.aclose()
        except httpx.HTTPError:
            pass
        self._response.stream = NOTHING

    async def _unwind(self) -> None:
        """Let httpx's generators run to their end: trio warns of suspended ones dropped."""
        _shut_down(self._response)
        async for _ in self._body:
            pass

    def abort(self) -> None:
        """End a waiting read."""
        if not self._ended:
            _shut_down(self._response)


class AsyncHttpxTransport:
    """Carries requests over an ``httpx.AsyncClient``: the caller's, or one for each event loop.

    Pooled connections belong to the loop that opened them, so a second ``asyncio.run`` gets its
    own pool instead of the first one's dead connections.
    """

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._given = _Pool(client) if client is not None else None
        self._own: dict[object, _Pools] = {}
        self._pid = os.getpid()
        self._closed = False

    async def _pool(self) -> _Pool:
        if self._given is not None:
            return self._given
        if self._closed:
            raise _closed()
        if self._pid != os.getpid():
            self._own, self._pid = {}, os.getpid()
        loop = current_loop()
        kept = self._own.get(loop)
        if kept is None:
            for other in list(self._own):  # a copy: loops in other threads add theirs
                if is_dead(other):
                    self._own.pop(other, None)
            kept = self._own[loop] = _Pools()
            await kept.begin()
        return kept.pick()

    async def open(self, request: WireRequest) -> _AsyncResponse:
        """Send the request and return when status and headers are there."""
        pool = await self._pool()
        pool.answers += 1
        try:
            response = await self._send(pool.client, request)
        except BaseException:
            pool.answers -= 1
            raise
        answer = _AsyncResponse(response, pool)
        if self._given is None:
            _forget_headers(response)
        return answer

    async def _send(self, client: httpx.AsyncClient, request: WireRequest) -> httpx.Response:
        try:
            message = _message(request) if self._given is None else _merged(client, request)
            return await client.send(message, stream=True, follow_redirects=False)
        except FAULTS as error:
            failure = _translate(error)
        raise failure

    async def aclose(self) -> None:
        """Close all connections of this loop's own client."""
        self._closed = True
        kept = self._own.pop(current_loop(), None)
        self._own.clear()
        if kept is not None:
            await kept.keeper.aclose()


class _Pool:
    """A client, and how many of its answers are open."""

    __slots__ = ("answers", "client")

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answers = 0


class _Pools:
    """The clients of one event loop; they close when it does.

    Loops finish the generators that are suspended when they shut down; without one, the pooled
    connections of a caller who never closes would be found by the garbage collector.
    """

    def __init__(self) -> None:
        self._pools: list[_Pool] = []
        # Over the list alone: a generator that holds this object would live until the next
        # collection, which may come after the loop.
        self.keeper = _closing_with_the_loop(self._pools)

    async def begin(self) -> None:
        await anext(self.keeper)

    def pick(self) -> _Pool:
        """The first pool with room, so that few streams share few connections."""
        for pool in self._pools:
            if pool.answers < POOL_SIZE:
                return pool
        pool = _Pool(_made(httpx.AsyncClient))
        self._pools.append(pool)
        return pool


async def _closing_with_the_loop(pools: list[_Pool]) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        for pool in pools:
            await pool.client.aclose()
