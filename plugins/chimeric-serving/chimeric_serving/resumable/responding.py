"""What a hub answers an HTTP request with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chimeric_serving.encoders import Encoder
from chimeric_serving.responses import StreamResponse
from chimeric_serving.sse import SSEEncoder

from .errors import HubError, StoreError
from .numbered import NumberedEncoder
from .reader import StreamReader

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
else:
    try:
        from starlette.responses import Response
    except ImportError:
        from chimeric_serving.plain import Response

__all__ = ["StatusResponse", "stream_response"]


def stream_response(
    reader: StreamReader,
    encoder: Encoder | None,
    after: int,
    ping: float,
    headers: Mapping[str, str] | None,
) -> StreamResponse:
    """A response that sends what comes after an offset."""
    numbered = NumberedEncoder(encoder or SSEEncoder(), reader, after)
    return StreamResponse(reader, numbered, ping=ping, headers=headers)


class StatusResponse(Response):
    """A response without a stream: a status, and one line of why."""

    def __init__(self, status: int, text: str = "") -> None:
        self.status_code = status
        self.body = text.encode()
        self.background = None
        self.raw_headers = [(b"cache-control", b"no-store")]
        if text:
            told = {"content-type": "text/plain; charset=utf-8", "content-length": len(self.body)}
            self.raw_headers += [(k.encode(), str(v).encode()) for k, v in told.items()]

    @classmethod
    def of(cls, error: HubError) -> StatusResponse:
        """What a client may know of an error."""
        away = isinstance(error, StoreError)  # whose text may name a host
        return cls(error.status_code, "the store does not answer" if away else error.message)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        start = {"type": "http.response.start", "status": self.status_code}
        await send({**start, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body})
