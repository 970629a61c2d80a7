"""The default transport: httpx, for blocking calls; and what its asynchronous twin needs too."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import httpx

from chimeric.errors import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
)
from chimeric.values.transport import Started, UnsentBody, WireRequest

from .connections import RUNNING, alone, end_alone, surplus
from .environment import HIGHEST_PORT, own_client
from .sockets import shut_down_socket

__all__ = ["HttpxTransport"]

HttpxClient: TypeAlias = httpx.Client
AsyncHttpxClient: TypeAlias = httpx.AsyncClient

NOTHING = httpx.ByteStream(b"")
"""Takes the place of a closed answer's stream, which refers back to the answer."""

FAULTS = (httpx.HTTPError, httpx.InvalidURL, RuntimeError)
NO_HEADERS = httpx.Headers()


def translated(error: Exception) -> ChimericError:
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
        case RuntimeError() if "loop" in text:
            return ConfigurationError(
                "the event loop of the given httpx client's connection has ended: an "
                "httpx.AsyncClient belongs to one loop; make one for each"
            )
        case RuntimeError() if "closed" in text:
            return ConfigurationError("the given httpx client is closed; make a new one")
        case RuntimeError():
            raise error
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def answer_of(error: httpx.HTTPStatusError) -> httpx.Response:
    """The answer that a hook of the caller's client has raised an error for."""
    return _kept(error.response, getattr(error.response, "_content", b""))


def readable(response: httpx.Response) -> httpx.Response:
    """The answer, to be read from its beginning, though the caller's client has read it.

    A hook, an ``auth`` or a transport may; httpx keeps what they read, decompressed.
    """
    if not (response.is_stream_consumed or response.is_closed):
        return response
    try:
        return _kept(response, response.content)
    except httpx.ResponseNotRead:
        raise ConfigurationError(
            "a hook, auth or transport of the given httpx client has read the answer and not "
            "kept it; let it call response.read(), or response.aread()"
        ) from None


def _kept(response: httpx.Response, content: bytes) -> httpx.Response:
    headers = response.headers.copy()
    for name in ("content-encoding", "content-length", "transfer-encoding"):
        headers.pop(name, None)
    return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(content))


def _headers(request: WireRequest) -> list[tuple[bytes, bytes]]:
    # As bytes: httpx takes text for ASCII.
    return [(n.encode("ascii"), v.encode("latin-1")) for n, v in request.headers.items()]


def closed_client() -> ConfigurationError:
    return ConfigurationError("this client is closed; make a new one")


def _timeout(request: WireRequest) -> dict[str, float | None]:
    connect, read = request.timeout.connect, request.timeout.read
    return {"connect": connect, "read": read, "write": read, "pool": connect}


def headers_timeout(request: WireRequest, message: httpx.Request) -> None:
    """Let a blocking client of the caller's, which cannot be ended, keep the limit on headers."""
    read, headers = request.timeout.read, request.timeout.headers
    if headers is not None and (read is None or headers < read):
        message.extensions["timeout"]["read"] = headers


class _Body(UnsentBody, httpx.SyncByteStream, httpx.AsyncByteStream):
    """In the form that httpx takes."""


@functools.lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    parsed = httpx.URL(url)
    if (parsed.port or 0) > HIGHEST_PORT:
        raise httpx.InvalidURL(f"no port is above {HIGHEST_PORT}")
    return parsed


def message_for(request: WireRequest) -> httpx.Request:
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


def merged(client: httpx.Client | httpx.AsyncClient, request: WireRequest) -> httpx.Request:
    """The request for the caller's client, whose headers, cookies and parameters join it."""
    return client.build_request(
        request.method,
        _parsed(request.url),
        headers=_headers(request),
        content=request.body,
        extensions={"timeout": _timeout(request)},
    )


def forget_headers(response: httpx.Response) -> None:
    """Let go of what httpx keeps, in three copies, of an own client's headers: they were read."""
    response.headers = response.request.headers = NO_HEADERS


def shut_down_response(response: httpx.Response) -> None:
    """End whatever waits on the response's socket, from any thread."""
    stream: Any = response.extensions.get("network_stream")
    if stream is not None:
        shut_down_socket(stream.get_extra_info("socket"))


class _Response:
    """An answer that has begun."""

    __slots__ = ("_aborted", "_body", "_ended", "_response", "headers", "status")

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._ended = self._aborted = False
        self._body: Iterator[bytes] = iter(response.stream)  # type: ignore[arg-type]
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers.items())

    def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            for data in self._body:
                if data:
                    return data
        except httpx.HTTPError as error:
            failure = translated(error)
        else:
            if self._aborted:
                raise broken_off()
            self._ended = True  # the connection may serve another request from now on
            if surplus(self._response):
                shut_down_response(self._response)
            return b""
        raise failure

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        self._ended = True
        with contextlib.suppress(httpx.HTTPError):
            self._response.close()
        self._response.stream = NOTHING

    def abort(self) -> None:
        """End a blocked read."""
        if self._ended:
            return
        if alone(self._response):
            shut_down_response(self._response)
        else:
            self._aborted = True
            end_alone(self._response)


def broken_off() -> ConnectionFailedError:
    """The error for an answer that was ended on a connection that goes on."""
    return ConnectionFailedError("the answer was broken off")


class HttpxTransport:
    """Carries requests over an ``httpx.Client``: the caller's, or one of its own."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._given = client
        self._own: httpx.Client | None = None
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._closed = False

    def _client(self) -> httpx.Client:
        if self._closed:
            raise closed_client()
        if self._own is None or self._pid != os.getpid():
            with self._lock:
                if self._own is None or self._pid != os.getpid():
                    # After a fork the parent's connections are left to the parent.
                    self._own = own_client(httpx.Client)
                    self._pid = os.getpid()
        return self._own

    def open(self, request: WireRequest, started: Started) -> _Response:
        """Send the request and return when status and headers are there."""
        try:
            if self._given is not None:
                return _Response(self._over_given(self._given, request))
            response = self._over_own(request, started)
        except FAULTS as error:
            failure = closed_client() if self._closed else translated(error)
        else:
            answer = _Response(response)
            forget_headers(response)
            return answer
        raise failure

    def _over_own(self, request: WireRequest, started: Started) -> httpx.Response:
        client = self._client()
        message = message_for(request)
        running = RUNNING.set(started)
        try:
            return client.send(message, stream=True, follow_redirects=False)
        finally:
            RUNNING.reset(running)

    def _over_given(self, client: httpx.Client, request: WireRequest) -> httpx.Response:
        message = merged(client, request)
        headers_timeout(request, message)
        try:
            response = client.send(message, stream=True, follow_redirects=False)
        except httpx.HTTPStatusError as error:
            return answer_of(error)
        message.extensions["timeout"]["read"] = request.timeout.read
        return readable(response)

    def close(self) -> None:
        """Close all connections of an own client; the caller's client is the caller's."""
        self._closed = True
        own, self._own = self._own, None
        if own is not None and self._pid == os.getpid():
            own.close()
