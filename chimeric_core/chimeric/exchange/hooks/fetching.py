"""``fetch``: one request of a hook, read whole within the limits of its call."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric._version import __version__
from chimeric.errors import ChimericError, ConfigurationError, ProtocolError
from chimeric.exchange.call import Call
from chimeric.exchange.effects import Effect, Fetch, Perform
from chimeric.exchange.wire import encode_body
from chimeric.values.hooks.wants import FetchWant
from chimeric.values.requests import HTTPRequest, HTTPResponse
from chimeric.values.secrets import header_fault
from chimeric.values.transport import WireRequest, WireTimeout

__all__ = ["fetched"]


def fetched(
    call: Call, want: FetchWant, until: float | None, ending: bool
) -> Generator[Effect, Any, tuple[HTTPResponse | None, BaseException | None] | None]:
    """The answer to a hook's request, or the error that the hook is to be told."""
    room = _Room(call.limits.response_size)
    try:
        wire = _wire(call, want.request)
    except ChimericError as error:
        return None, error
    reply: Any = yield Perform(Fetch(wire, room.take, want.recorded), until, ending)
    if reply is None or reply[1] is not None:
        return reply  # type: ignore[no-any-return]
    status, headers = reply[0]
    known = {name.lower(): value for name, value in headers.items()}
    try:
        body = _inflated(room, known.get("content-encoding"))
    except ChimericError as error:
        return None, error
    return HTTPResponse(status=status, headers=known, body=body), None


class _Room:
    """Takes a body as long as there is room for it."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.pieces: list[bytes] = []
        self._size = 0

    def take(self, data: bytes) -> None:
        """Keep the next bytes.

        Raises:
            ProtocolError: when they are too many.
        """
        self._size += len(data)
        if self.limit is not None and self._size > self.limit:
            raise ProtocolError(
                f"the answer to a hook's fetch is larger than {self.limit} bytes; raise "
                "Limits.response_size if that is expected",
                limit="response_size",
            )
        self.pieces.append(data)


def _wire(call: Call, request: HTTPRequest) -> WireRequest:
    if not isinstance(request, HTTPRequest):
        raise ConfigurationError(f"fetch() takes an HTTPRequest, not {type(request).__name__}")
    body = encode_body(request)
    headers = {"accept-encoding": "gzip, deflate", "user-agent": f"chimeric/{__version__}"}
    if body and not isinstance(request.body, bytes):
        headers["content-type"] = "application/json"
    headers.update({name.lower(): str(value) for name, value in request.headers.items()})
    for name, value in headers.items():
        fault = header_fault(name, value)
        if fault is not None:
            raise ConfigurationError(f"header {name!r} of a fetch {fault}")
    timeout = call.timeout
    return WireRequest(
        method=request.method,
        url=request.url,
        headers=headers,
        body=body,
        timeout=WireTimeout(timeout.connect, timeout.read),
    )


def _inflated(room: _Room, encoding: str | None) -> bytes:
    from chimeric.stream.content_encoding import decompressor

    inflate = decompressor(encoding)
    if inflate is not None:
        packed, room = room, _Room(room.limit)
        for piece in packed.pieces:
            for part in inflate(piece):
                room.take(part)
    return b"".join(room.pieces)
