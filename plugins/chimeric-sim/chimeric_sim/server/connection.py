"""The server's side of HTTP/1.1 on one connection: requests in, replies out, at a given pace.

A streamed reply is an iterator of ready bytes, one piece for each step of the answer. Without a
rate, pieces are joined into large chunks as a busy server does. With a rate, each piece is an
HTTP chunk of its own, written when it is due. Nothing is produced while the client does not
read, and nothing any more once it is gone.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import cast

from .replies import Reply
from .requests import MAX_HEAD, Rejected, Request, take_request

__all__ = ["Connection", "Traffic"]

BURST = 16 * 1024
TURN = 4 * BURST
"""Bytes written before other connections get their turn."""


class Traffic:
    """What a server counts.

    Attributes:
        connections: the open connections.
        accepted: connections since the start.
        requests: requests since the start.
        streaming: streamed replies under way.
        finished: streamed replies that reached their end.
        abandoned: streamed replies whose client left before the end.
        streamed_bytes: bytes of streamed bodies that were written.
    """

    def __init__(self) -> None:
        self.connections: set[Connection] = set()
        self.accepted = 0
        self.requests = 0
        self.streaming = 0
        self.finished = 0
        self.abandoned = 0
        self.streamed_bytes = 0

    @property
    def open(self) -> int:
        """Number of open connections."""
        return len(self.connections)


class Connection(asyncio.Protocol):
    """One client connection: parses requests one after the other and writes the replies."""

    __slots__ = (
        "_buffer",
        "_busy",
        "_chunked",
        "_close_after",
        "_due",
        "_handler",
        "_loop",
        "_paused",
        "_reply",
        "_sent",
        "_timer",
        "_traffic",
        "_transport",
    )

    def __init__(self, handler: Callable[[Request], Reply], traffic: Traffic) -> None:
        self._handler = handler
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._busy = False
        self._paused = False
        self._close_after = False
        self._chunked = True
        self._reply: Reply | None = None
        self._timer: asyncio.Handle | None = None
        self._due = 0.0
        self._sent = 0

    # --- what asyncio calls ---------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # asyncio sets this only where the listening socket names its protocol; without it the
        # end of a stream waits 40 ms for the client's delayed acknowledgement.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._traffic.connections.add(self)
        self._traffic.accepted += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._traffic.connections.discard(self)
        self._drop_reply(finished=False)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._busy:
            self._advance()
        elif len(self._buffer) > MAX_HEAD and self._transport is not None:
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._reply is not None and self._timer is None:
            self._due = time.monotonic()
            self._pump()

    def abort(self) -> None:
        """Close at once, without the rest of a reply."""
        if self._transport is not None:
            self._transport.abort()

    # --- requests -------------------------------------------------------------------------

    def _advance(self) -> None:
        while not self._busy and self._transport is not None:
            try:
                request = take_request(self._buffer, self._transport)
            except Rejected as error:
                self._close_after = self._busy = True
                self._buffer.clear()
                self._begin(_plain(error.status, str(error)))
                return
            if request is None:
                return
            self._busy = True
            self._serve(request)

    def _serve(self, request: Request) -> None:
        self._traffic.requests += 1
        connection = request.headers.get("connection", "").lower()
        old = request.version == "HTTP/1.0"
        self._close_after = "close" in connection or (old and "keep-alive" not in connection)
        self._chunked = not old
        try:
            reply = self._handler(request)
        except Exception as error:
            context = {"message": f"{request.method} {request.path} failed", "exception": error}
            self._loop.call_exception_handler(context)
            reply = _plain(500, "The simulator failed; this is a bug.")
        if request.method == "HEAD":
            reply.pieces, reply.body = None, b""
        if reply.delay > 0:
            self._timer = self._loop.call_later(reply.delay, self._begin, reply)
        else:
            self._begin(reply)

    # --- replies --------------------------------------------------------------------------

    def _begin(self, reply: Reply) -> None:
        self._timer = None
        if self._transport is None:
            return
        if reply.pieces is None:
            self._transport.write(self._head(reply, len(reply.body)) + reply.body)
            self._end()
            return
        if not self._chunked:
            self._close_after = True
        self._traffic.streaming += 1
        self._reply = reply
        self._sent = 0
        self._transport.write(self._head(reply, None))
        self._due = time.monotonic()
        if reply.pauses is not None:
            self._due += next(reply.pauses, 0.0)
        self._pump()

    def _head(self, reply: Reply, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", f"date: {_date()}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        if length is not None:
            lines.append(f"content-length: {length}")
        elif self._chunked:
            lines.append("transfer-encoding: chunked")
        lines.append("connection: close" if self._close_after else "connection: keep-alive")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _pump(self) -> None:
        """Write what is due, and arrange to be called again."""
        self._timer = None
        reply = self._reply
        if reply is None or self._transport is None or self._paused:
            return
        try:
            if reply.rate is None and reply.pauses is None:
                self._pump_burst(reply)
            else:
                self._pump_paced(reply)
        except Exception as error:
            context = {"message": "a streamed answer failed", "exception": error}
            self._loop.call_exception_handler(context)
            self.abort()

    def _pump_burst(self, reply: Reply) -> None:
        pieces = cast("Iterator[bytes | float]", reply.pieces)
        written = 0
        while not self._paused and self._transport is not None:
            if written >= TURN:
                self._timer = self._loop.call_soon(self._pump)
                return
            batch: list[bytes] = []
            size, pause = 0, 0.0
            while size < BURST and self._sent != reply.cut_after:
                piece = next(pieces, None)
                if piece is None:
                    break
                if not isinstance(piece, bytes):
                    pause = piece
                    break
                self._sent += 1
                batch.append(piece)
                size += len(piece)
            if batch:
                self._write(b"".join(batch))
                written += size
            if pause:
                self._timer = self._loop.call_later(pause, self._pump)
                return
            if size < BURST:
                self._stop_stream(reply)
                return

    def _pump_paced(self, reply: Reply) -> None:
        pieces = cast("Iterator[bytes | float]", reply.pieces)
        now = time.monotonic()
        while not self._paused and self._transport is not None:
            if self._due > now:
                self._timer = self._loop.call_later(self._due - now, self._pump)
                return
            piece = None if self._sent == reply.cut_after else next(pieces, None)
            if piece is None:
                self._stop_stream(reply)
                return
            if not isinstance(piece, bytes):
                self._due = max(self._due, time.monotonic()) + piece
                continue
            self._sent += 1
            self._write(piece)
            if reply.pauses is not None:
                self._due += next(reply.pauses, 0.0)
            elif reply.rate == float("inf"):
                self._timer = self._loop.call_soon(self._pump)
                return
            else:
                self._due += 1 / (reply.rate or 1)

    def _write(self, piece: bytes) -> None:
        # An empty chunk would end the body.
        if self._transport is not None and piece:
            chunk = b"%x\r\n%b\r\n" % (len(piece), piece) if self._chunked else piece
            self._transport.write(chunk)
            self._traffic.streamed_bytes += len(piece)

    def _stop_stream(self, reply: Reply) -> None:
        if self._transport is None:
            return
        if reply.cut_after is not None and self._sent >= reply.cut_after:
            self._transport.close()
            return
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")
        self._drop_reply(finished=True)
        self._end()

    def _drop_reply(self, *, finished: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        reply, self._reply = self._reply, None
        if reply is None:
            return
        if finished:
            self._traffic.finished += 1
        else:
            self._traffic.abandoned += 1
        self._traffic.streaming -= 1  # last: who waits for this in another thread has the others
        close = getattr(reply.pieces, "close", None)
        if close is not None:
            close()

    def _end(self) -> None:
        self._busy = False
        if self._transport is None:
            return
        if self._close_after:
            self._transport.close()
            return
        self._transport.resume_reading()
        if self._buffer:
            # Not at once: a client that pipelines must not nest our calls.
            self._loop.call_soon(self._advance)


def _plain(status: int, message: str) -> Reply:
    headers = {"content-type": "text/plain; charset=utf-8"}
    return Reply(status=status, headers=headers, body=message.encode())


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded" if status == 529 else "Status"


_date_cache = (0, "")


def _date() -> str:
    global _date_cache
    now = int(time.time())
    if _date_cache[0] != now:
        _date_cache = (now, formatdate(now, usegmt=True))
    return _date_cache[1]
