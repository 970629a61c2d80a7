"""One HTTP request of a client, and the answer to it, over ASGI."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from chimeric_gateway.refusal import Refusal

from .burst import Burst

__all__ = ["ClientLeftError", "Connection", "Message", "Receive", "Scope", "Send"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

PATIENCE = 60.0
"""Seconds that a client may take for the next byte of its body."""

UNREAD = 10.0
"""Seconds for which a body that nobody wants is still read, so that the answer is."""

FORBIDDEN = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
"""What would begin another header, or is none of HTTP's characters."""

STREAMED = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",  # nginx would hold events back
}


class ClientLeftError(Exception):
    """The client has gone: nobody is there to answer."""


class Connection:
    """A request.

    Attributes:
        scope: ASGI's.
        method: in capital letters.
        path: without query.
        headers: by lower-case name.
        begun: whether an answer has begun.
        sending: whether a write waits for the client to take what was written before.
        last: when something was written last, by the loop's clock.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        self.begun = False
        self.sending = False
        self.last = asyncio.get_running_loop().time()
        self._receive = receive
        self._send = send
        self._unread = True
        self._patience: asyncio.Timeout | None = None
        self._hurried = False
        self._burst: Burst | None = None

    # --- the request -----------------------------------------------------------------------------

    async def body(self, most: int) -> bytes:
        """All of the body.

        Raises:
            Refusal: 413 past ``most`` bytes, 408 for a body that does not come.
            ClientLeftError: where the client goes before its end.
        """
        if self._declared() > most:
            raise too_large(most)
        pieces, size = list[bytes](), 0
        while self._unread:
            piece = await self._piece()
            size += len(piece)
            if size > most:
                raise too_large(most)
            pieces.append(piece)
        return b"".join(pieces)

    def hurry(self) -> None:
        """End the wait for a body: there is no time."""
        self._hurried = True
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())

    async def left(self) -> None:
        """Return when the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _declared(self) -> int:
        told = self.headers.get("content-length", "")
        return int(told) if told.isdecimal() else 0

    async def _piece(self) -> bytes:
        try:
            async with asyncio.timeout(0 if self._hurried else PATIENCE) as self._patience:
                message = await self._receive()
        except TimeoutError:
            if self._hurried:
                raise Refusal(503, "the gateway is going down") from None
            raise Refusal(408, "the rest of the request's body did not come") from None
        finally:
            self._patience = None
        if message["type"] == "http.disconnect":
            self._unread = False
            raise ClientLeftError
        self._unread = message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece

    # --- the answer ------------------------------------------------------------------------------

    async def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """A whole answer. What was not read of the request is read first, as far as it goes.

        A client that is still sending would else see its connection break, and no answer.
        """
        length = {"content-length": str(len(body))}
        await self._start(status, {"content-type": "application/json", **headers, **length})
        if self._unread:
            await self.write(body)
            await self._read_rest()
            body = b""
        await self.end(body)

    async def begin(self, headers: Mapping[str, str], first: bytes) -> None:
        """Begin a stream: what is written of it may wait for the next turn of the loop."""
        self._burst = Burst(self._body, first)
        await self._start(200, {**STREAMED, **headers})
        await self._burst.begin()

    async def write(self, data: bytes) -> None:
        """More of the answer. It waits while the client takes nothing."""
        if self._burst is None:
            await self._body(data)
        else:
            await self._burst.write(data)

    async def end(self, data: bytes = b"") -> None:
        """The last of the answer."""
        if self._burst is not None:
            data = await self._burst.end() + data
        await self._body(data, more=False)

    def close(self) -> None:
        """Write nothing more of a stream."""
        if self._burst is not None:
            self._burst.close()

    async def _body(self, data: bytes, *, more: bool = True) -> None:
        self.last = asyncio.get_running_loop().time()
        self.sending = True
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self.sending = False

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        self.begun = True
        raw = [
            (name.encode("latin-1"), FORBIDDEN.sub("", value).encode("latin-1"))
            for name, value in headers.items()
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def _read_rest(self) -> None:
        try:
            async with asyncio.timeout(UNREAD):
                while self._unread:
                    await self._piece()
        except (TimeoutError, ClientLeftError, Refusal):
            pass


def too_large(most: int) -> Refusal:
    """For a body of more than ``most`` bytes."""
    return Refusal(413, f"the request's body is larger than {most} bytes")
