"""The default transport: httpx, for blocking calls; and what its asynchronous twin needs too."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import httpx

from chimeric.errors import ChimericError, ConfigurationError
from chimeric.values.transport import Started, WireRequest

from .httpx_clients.connections import RUNNING, shut_down_response, surplus
from .httpx_clients.messages import message_for
from .httpx_clients.own import own_transport

__all__ = ["HttpxTransport"]

HttpxClient: TypeAlias = httpx.Client
AsyncHttpxClient: TypeAlias = httpx.AsyncClient

NOTHING = httpx.ByteStream(b"")
"""Takes the place of a closed answer's stream, which refers back to the answer."""

FAULTS = (httpx.HTTPError, httpx.InvalidURL, RuntimeError)
NO_HEADERS = httpx.Headers()


def translated(error: Exception) -> ChimericError:
    """The typed error for one of httpx's."""
    from .httpx_clients.faults import translated  # of use to those who fail only

    return translated(error)


def closed_client() -> ConfigurationError:
    """The error for a request after ``close``."""
    return ConfigurationError("this client is closed; make a new one")


class Answer:
    """An answer that has begun, blocking or not."""

    __slots__ = ("_ended", "_response", "headers", "status")

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._ended = False
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers.items())

    def abort(self) -> None:
        """End a waiting read, from anywhere."""
        if not self._ended:
            shut_down_response(self._response)

    def _end(self) -> bytes:
        """The body is read: the connection may serve another request from now on."""
        self._ended = True
        if surplus(self._response):
            shut_down_response(self._response)
        return b""

    def _broken(self, error: httpx.HTTPError) -> ChimericError:
        """The error of a read. Its socket is closed, and its number may be another's by now."""
        self._ended = True
        return translated(error)


class HttpxResponse(Answer):
    """An answer to a blocking call."""

    __slots__ = ("_body",)

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self._body: Iterator[bytes] = iter(response.stream)  # type: ignore[arg-type]

    def read(self) -> bytes:
        """The next bytes as they are on the wire."""
        try:
            for data in self._body:
                if data:
                    return data
        except httpx.HTTPError as error:
            failure = self._broken(error)
        else:
            return self._end()
        raise failure

    def close(self) -> None:
        """Give up the connection, or put it back if the body is read."""
        self._ended = True
        with contextlib.suppress(httpx.HTTPError):
            self._response.close()
        self._response.stream = NOTHING


class HttpxTransport:
    """Carries requests over an ``httpx.Client``: the caller's, or one of its own."""

    def __init__(self, client: httpx.Client | None = None) -> None:
        self._given = client
        self._own: dict[bool, httpx.BaseTransport] = {}
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._closed = False

    def _carrier(self, direct: bool) -> httpx.BaseTransport:
        if self._closed:
            raise closed_client()
        carrier = self._own.get(direct)
        if carrier is not None and self._pid == os.getpid():
            return carrier
        with self._lock:
            if self._pid != os.getpid():
                # After a fork the parent's connections are left to the parent.
                self._own, self._pid = {}, os.getpid()
            if direct not in self._own:
                self._own[direct] = own_transport(httpx.HTTPTransport, proxies=not direct)
            return self._own[direct]

    def open(self, request: WireRequest, started: Started) -> HttpxResponse:
        """Send the request and return when status and headers are there."""
        try:
            if self._given is None:
                response = self._over_own(request, started)
            else:
                from .httpx_clients.given import send

                response = send(self._given, request)
        except FAULTS as error:
            failure = closed_client() if self._closed else translated(error)
        else:
            if response.extensions.get("http_version") == b"HTTP/2":
                from .httpx_clients.shared import SharedResponse

                return SharedResponse(response)
            answer = HttpxResponse(response)
            if self._given is None:
                response.headers = NO_HEADERS  # they were read
            return answer
        raise failure

    def _over_own(self, request: WireRequest, started: Started) -> httpx.Response:
        carrier = self._carrier(request.direct)
        message = message_for(request)
        running = RUNNING.set(started)
        try:
            return carrier.handle_request(message)
        finally:
            RUNNING.reset(running)

    def close(self) -> None:
        """Close all connections of an own client; the caller's client is the caller's."""
        self._closed = True
        own, self._own = self._own, {}
        if self._pid == os.getpid():
            for carrier in own.values():
                carrier.close()
