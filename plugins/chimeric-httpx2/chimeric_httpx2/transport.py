"""httpx2 as a transport: one client for threads, one for each event loop."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import AsyncGenerator, Mapping
from typing import Any, TypeVar

import httpx2

from chimeric import (
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    ProtocolError,
    RequestTimeoutError,
    Started,
    UnsentBody,
    WireRequest,
    current_loop,
    loop_is_closed,
    shut_down_socket,
)

from .connections import RUNNING, report_connections, surplus

__all__ = ["AsyncHttpx2Transport", "Httpx2Transport"]

C = TypeVar("C", httpx2.Client, httpx2.AsyncClient)
FAULTS = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError)
HIGHEST_PORT = 65535

_of_parents: list[object] = []
"""What a fork has of its parent's loops; to finish it would wake them."""

SETTINGS: dict[str, Any] = {
    # No limit: the hundred-and-first stream must not wait for the first to end.
    "limits": httpx2.Limits(
        max_connections=None, max_keepalive_connections=64, keepalive_expiry=15.0
    ),
    "follow_redirects": False,
}


def translate(error: Exception) -> ChimericError:
    """The typed error for one of httpx2's. Its text is kept, the object is not: it holds the
    request with its headers."""
    text = str(error) or type(error).__name__
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return RequestTimeoutError(f"no connection in time: {text}", phase="connect")
        case httpx2.TimeoutException():
            return RequestTimeoutError(f"no byte in time: {text}", phase="read")
        case httpx2.LocalProtocolError():
            return ConfigurationError("the request holds a header that HTTP cannot carry")
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            return ConfigurationError(f"the URL cannot be used: {text}")
        case httpx2.RemoteProtocolError() if "buffer" in text or "too large" in text.lower():
            return ProtocolError(f"the answer's headers are too large: {text}", limit="headers")
        case _:
            return ConnectionFailedError(f"the connection failed: {text}")


def written(client: httpx2.Client | httpx2.AsyncClient, request: WireRequest) -> httpx2.Request:
    """The request in the library's form, with the limits that the library keeps."""
    limits, known = request.timeout, request.headers
    # As bytes: text is taken for ASCII.
    headers = [(n.encode("ascii"), v.encode("latin-1")) for n, v in known.items()]
    if request.body and "content-length" not in known:
        headers.append((b"content-length", b"%d" % len(request.body)))
    message = client.build_request(
        request.method,
        request.url,
        headers=headers,
        timeout=httpx2.Timeout(
            connect=limits.connect, read=limits.read, write=limits.read, pool=limits.connect
        ),
    )
    if (message.url.port or 0) > HIGHEST_PORT:
        raise httpx2.InvalidURL(f"no port is above {HIGHEST_PORT}")
    if "cookie" not in known:
        message.headers.pop("cookie", None)  # another call's: what one is sent is its own
    message.stream = Body(request.body)
    return message


class Body(UnsentBody, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """In the form that httpx2 takes."""


class Begun:
    """What both kinds of answer share."""

    __slots__ = ("_ended", "_response", "headers", "status")

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._ended = False
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def _read_all(self) -> None:
        """The connection may serve another request, unless bytes came that nobody asked for."""
        if surplus(self._response):
            self.abort()
        self._ended = True

    def abort(self) -> None:
        """End a waiting read, from any thread."""
        stream: Any = self._response.extensions.get("network_stream")
        if stream is not None and not self._ended:  # else it may serve another request by now
            shut_down_socket(stream.get_extra_info("socket"))


class Response(Begun):
    """An answer that has begun."""

    __slots__ = ("_body",)

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response)
        self._body = response.iter_raw()

    def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            data = next(self._body, b"")
        except FAULTS as error:
            self._ended = True  # its socket is closed
            failure = translate(error)
        else:
            if not data:
                self._read_all()
            return data
        raise failure

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        self._ended = True
        with contextlib.suppress(httpx2.HTTPError):
            self._response.close()


class AsyncResponse(Begun):
    """An answer that has begun."""

    __slots__ = ("_body",)

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(response)
        self._body = response.aiter_raw()

    async def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            data = await anext(self._body, b"")
        except FAULTS as error:
            self._ended = True  # its socket is closed
            failure = translate(error)
        else:
            if not data:
                self._read_all()
            return data
        raise failure

    async def aclose(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        with contextlib.suppress(httpx2.HTTPError):
            if not self._ended and type(current_loop()).__name__ == "TrioToken":
                self.abort()  # trio warns of suspended generators: let them run to their end
                async for _ in self._body:
                    pass
            self._ended = True
            await self._response.aclose()


class Httpx2Transport:
    """Carries requests over an ``httpx2.Client``."""

    def __init__(self) -> None:
        self._clients: dict[bool, httpx2.Client] = {}
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._closed = False

    def open(self, request: WireRequest, started: Started) -> Response:
        """Send the request and return when status and headers are there."""
        client = self._current(request.direct)
        running = RUNNING.set(started)
        try:
            response = client.send(written(client, request), stream=True, follow_redirects=False)
        except FAULTS as error:
            failure = translate(error)
        else:
            return Response(response)
        finally:
            RUNNING.reset(running)
        raise failure

    def close(self) -> None:
        """Close all connections."""
        self._closed = True
        clients, self._clients = self._clients, {}
        if self._pid == os.getpid():
            for client in clients.values():
                client.close()

    def _current(self, direct: bool) -> httpx2.Client:
        with self._lock:
            if self._closed:
                raise closed()
            if self._pid != os.getpid():
                # After a fork the parent's connections are left to the parent.
                self._clients, self._pid = {}, os.getpid()
            client = self._clients.get(direct)
            if client is None:
                client = self._clients[direct] = made(httpx2.Client, direct)
            return client


class AsyncHttpx2Transport:
    """Carries requests over an ``httpx2.AsyncClient`` for each event loop."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, bool], Kept] = {}
        self._pid = os.getpid()
        self._closed = False

    async def open(self, request: WireRequest, started: Started) -> AsyncResponse:
        """Send the request and return when status and headers are there."""
        client = await self._current(request.direct)
        running = RUNNING.set(started)
        try:
            response = await client.send(
                written(client, request), stream=True, follow_redirects=False
            )
        except FAULTS as error:
            failure = translate(error)
        else:
            return AsyncResponse(response)
        finally:
            RUNNING.reset(running)
        raise failure

    async def aclose(self) -> None:
        """Close the connections of this loop."""
        self._closed = True
        if self._pid != os.getpid():
            _of_parents.append(self._kept)
            return
        loop = current_loop()
        here = [self._kept.pop((loop, direct), None) for direct in (False, True)]
        self._kept.clear()
        for kept in here:
            if kept is not None:
                await kept.keeper.aclose()

    async def _current(self, direct: bool) -> httpx2.AsyncClient:
        if self._closed:
            raise closed()
        if self._pid != os.getpid():
            # After a fork the parent's connections are left to the parent: not even forgotten.
            _of_parents.append(self._kept)
            self._kept, self._pid = {}, os.getpid()
        place = (current_loop(), direct)
        kept = self._kept.get(place)
        if kept is None:
            for ended in [other for other in self._kept if loop_is_closed(other[0])]:
                self._kept.pop(ended, None)
            kept = self._kept[place] = Kept(direct)
            await anext(kept.keeper)
        return kept.client


class Kept:
    """A client that closes when its event loop ends.

    A loop finishes the asynchronous generators that run in it; this one closes the client then.
    """

    def __init__(self, direct: bool) -> None:
        self.client = made(httpx2.AsyncClient, direct)
        self.keeper = self._keep()

    async def _keep(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            if current_loop() is not None:  # else the interpreter ends, and the sockets with it
                await self.client.aclose()


def made(kind: type[C], direct: bool) -> C:
    """A client of that kind, which reports its connections; ``direct`` is without proxies.

    Raises:
        ConfigurationError: for a variable of the environment that cannot be used; it is named.
    """
    try:
        client: C = kind(**SETTINGS, trust_env=not direct)
    except (ImportError, ValueError, OSError, httpx2.InvalidURL) as error:
        failure = unusable(error)
    else:
        report(client)
        return client
    raise failure


def report(client: Any) -> None:
    """Let the connections of a client report to the call that uses them."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx2.HTTPTransport | httpx2.AsyncHTTPTransport):
            report_connections(transport)


def unusable(error: Exception) -> ConfigurationError:
    """The error for the variable that a client could not be made with.

    It does not show the value: a proxy's URL may hold a password.
    """
    if isinstance(error, OSError) and not isinstance(error, ImportError):
        name = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
        path = os.environ.get(name)
        return ConfigurationError(
            f"the environment variable {name} names {path!r}, which cannot be read as certificates"
        )
    why = "a SOCKS proxy needs one package more" if isinstance(error, ImportError) else "no URL"
    for scheme in ("all", "http", "https"):
        for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper()):
            if not is_proxy(os.environ.get(name, "")):
                return ConfigurationError(
                    f"the environment variable {name} cannot be used: it is not a proxy URL "
                    "like http://host:port"
                )
    named = ("all_proxy", "http_proxy", "https_proxy", "no_proxy")
    found = [n for n in (*named, *(n.upper() for n in named)) if os.environ.get(n)]
    return ConfigurationError(f"of the environment, {', '.join(found)} cannot be used: {why}")


def is_proxy(value: str) -> bool:
    """Whether a client can be told so."""
    try:
        httpx2.Proxy(value if "://" in value else f"http://{value or 'none'}")
    except (ValueError, httpx2.InvalidURL):
        return False
    return True


def closed() -> ConfigurationError:
    """The error for a call after the client's end."""
    return ConfigurationError("this client is closed; make a new one")
