"""The default transport: httpx, for blocking calls; and what its asynchronous twin needs too."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import threading
from collections.abc import Iterator, Mapping
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

from .sockets import shut_down_socket

__all__ = ["HttpxTransport"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)
HttpxClient: TypeAlias = httpx.Client
AsyncHttpxClient: TypeAlias = httpx.AsyncClient

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0)
"""No limit on connections: the hundred-and-first stream must not wait for the first to end."""

NOTHING = httpx.ByteStream(b"")
"""Takes the place of a closed answer's stream, which refers back to the answer."""

FAULTS = (httpx.HTTPError, httpx.InvalidURL, RuntimeError)
NO_HEADERS = httpx.Headers()


def _tls() -> ssl.SSLContext:
    """httpx's own settings. Reading the certificates takes 20 ms: once for all clients."""
    return _read_certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _read_certificates(file: str | None, directory: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()  # which reads the two variables by itself


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
        case RuntimeError():
            if "closed" not in text:
                raise error
            return closed_client()
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def _headers(request: WireRequest) -> list[tuple[bytes, bytes]]:
    # As bytes: httpx takes text for ASCII.
    return [(n.encode("ascii"), v.encode("latin-1")) for n, v in request.headers.items()]


def closed_client() -> ConfigurationError:
    return ConfigurationError("this client is closed; make a new one")


def _timeout(request: WireRequest) -> dict[str, float | None]:
    connect, read = request.timeout.connect, request.timeout.read
    return {"connect": connect, "read": read, "write": read, "pool": connect}


class _Body(UnsentBody, httpx.SyncByteStream, httpx.AsyncByteStream):
    """In the form that httpx takes."""


@functools.lru_cache(256)
def _parsed(url: str) -> httpx.URL:
    return httpx.URL(url)


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
        request.url,
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
            failure = translated(error)
        raise failure

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        with contextlib.suppress(httpx.HTTPError):
            self._response.close()
        self._response.stream = NOTHING

    def abort(self) -> None:
        """End a blocked read."""
        if not self._ended:
            shut_down_response(self._response)


def made(kind: type[C]) -> C:
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
            raise closed_client()
        if self._own is None or self._pid != os.getpid():
            with self._lock:
                if self._own is None or self._pid != os.getpid():
                    # After a fork the parent's connections are left to the parent.
                    self._own = made(httpx.Client)
                    self._pid = os.getpid()
        return self._own

    def open(self, request: WireRequest) -> _Response:
        """Send the request and return when status and headers are there."""
        client = self._client()
        try:
            message = message_for(request) if self._given is None else merged(client, request)
            response = client.send(message, stream=True, follow_redirects=False)
        except FAULTS as error:
            failure = translated(error)
        else:
            answer = _Response(response)
            if self._given is None:
                forget_headers(response)
            return answer
        raise failure

    def close(self) -> None:
        """Close all connections of an own client; the caller's client is the caller's."""
        self._closed = True
        own, self._own = self._own, None
        if own is not None and self._pid == os.getpid():
            own.close()
