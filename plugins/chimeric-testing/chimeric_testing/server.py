"""A scripted HTTP server on raw loopback sockets: it sends exactly the bytes that it is told."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, TypeAlias

import msgspec

__all__ = ["Close", "LoopbackServer", "Pause", "Reset", "SeenRequest"]


class Pause(msgspec.Struct, frozen=True):
    """Wait so many seconds before the next step, or until the client has gone."""

    seconds: float


class Reset(msgspec.Struct, frozen=True):
    """Reset the connection (RST)."""


class Close(msgspec.Struct, frozen=True):
    """Close the connection (FIN)."""


class SeenRequest(msgspec.Struct, frozen=True):
    """A request as it came in; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as plain data."""
        return msgspec.json.decode(self.body)


Step: TypeAlias = bytes | Pause | Reset | Close
Handler: TypeAlias = Callable[[SeenRequest], Iterable[Step]]


class LoopbackServer:
    """Serves each request with the steps that ``handler`` returns for it.

    The steps are the raw answer: status line, headers and body in whatever pieces; ``Pause``,
    ``Reset`` and ``Close`` in between. After the last step the connection is kept alive.

    Attributes:
        requests: all requests seen.
        connections: connections made so far.
        open: connections open now.
        answering: answers that are being sent now.
        aborted: connections that the client gave up in the middle of an answer.

    Example:
        .. code-block:: python

            def handler(request):
                yield b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n"
                yield b"{}"

            with LoopbackServer(handler) as server:
                client = Chimeric(base_url=server.url)
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self.requests: list[SeenRequest] = []
        self.connections = 0
        self.open = 0
        self.answering = 0
        self.aborted = 0
        self._changed = threading.Condition()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def wait_closed(self, seconds: float = 10.0) -> bool:
        """Wait until no connection is open; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.open == 0, seconds)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no answer is being sent: each has ended, or its client has gone."""
        with self._changed:
            return self._changed.wait_for(lambda: self.answering == 0, seconds)

    def close(self) -> None:
        """Stop listening, close all connections and join all threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._changed:
            sockets = list(self._sockets)
        for connection in sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                self.open += 1
                self._sockets.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            reader = connection.makefile("rb")
            with reader:
                while (request := read_request(reader)) is not None:
                    self._count(1)
                    self.requests.append(request)
                    try:
                        if not self._answer(connection, request):
                            break
                    finally:
                        self._count(-1)
        except OSError:
            pass
        finally:
            connection.close()
            with self._changed:
                self.open -= 1
                self._sockets.discard(connection)
                self._changed.notify_all()

    def _count(self, change: int) -> None:
        with self._changed:
            self.answering += change
            self._changed.notify_all()

    def _answer(self, connection: socket.socket, request: SeenRequest) -> bool:
        """Play the steps; whether the connection may serve another request."""
        for step in self._handler(request):
            try:
                match step:
                    case Pause(seconds=seconds):
                        if _gone(connection, seconds):
                            self.aborted += 1
                            return False
                    case Reset():
                        linger = struct.pack("ii", 1, 0)
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return False
                    case Close():
                        return False
                    case _:
                        connection.sendall(step)
            except OSError:
                self.aborted += 1
                return False
        return True


def _gone(connection: socket.socket, seconds: float) -> bool:
    """Wait; whether the client closed the connection meanwhile."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            if connection.recv(1, socket.MSG_PEEK) == b"":
                return True
            time.sleep(min(left, 0.01))
        except TimeoutError:
            return False
        finally:
            connection.settimeout(None)
    return False


def read_request(reader: Any) -> SeenRequest | None:
    """One request from a buffered reader; None at its end, also where that cuts a request off."""
    line = reader.readline()
    if not line.strip():
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := reader.readline()) not in (b"\r\n", b"\n"):
        if not line:
            return None
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    body = reader.read(length)
    return SeenRequest(method, path, headers, body) if len(body) == length else None


def chunked(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """The pieces in HTTP/1.1 chunked coding, and the last chunk."""
    for piece in pieces:
        if piece:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
