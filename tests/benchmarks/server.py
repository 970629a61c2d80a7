"""The server: a process of its own, one thread, raw sockets, every byte encoded beforehand.

``python -m tests.benchmarks.server`` prints its port. What a request asks for stands in its
model name, ``bench-<mode><streams>-<count>``: ``burst`` (64 KiB pieces), ``one`` (an event a
write), ``tick`` (an event a millisecond, or every so many of them: ``bench-tick50-400``), ``tools``
(argument fragments in a burst), ``whole`` (one JSON document, whose text has ``count`` characters),
``round`` (a tool call, or a ``burst`` to a conversation that has the tool's result), or ``crowd``
(an event a write, in turn over all streams, once ``streams`` of them are open; after the first few
each waits until the client has seen text of all, and says so with ``GET /go``).
"""

from __future__ import annotations

import re
import resource
import selectors
import socket
import sys
import time
from collections import deque
from functools import cache

from .wire import answer, chunked, pieces, protocol_of, whole

__all__ = ["Server", "raise_file_limit"]

ASKED = re.compile(rb"bench-(burst|one|tick|tools|whole|round|crowd)(\d*)-(\d+)")
RESULT = re.compile(rb'"role": ?"tool"')
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CALL = 4
"""Fragments of the arguments of a round's tool call."""
TICK = 0.001
CROWD_PATIENCE = 3.0
"""Seconds to wait for the rest of a crowd (a client with a smaller pool never sends it)."""
CROWD_BEGINNING = 4
"""Writes of a crowd's stream before it waits; the first text is among them in every protocol."""


def raise_file_limit() -> None:
    """Let this process open as many sockets as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@cache
def _writes(protocol: str, mode: str, count: int, plain: bool) -> tuple[bytes, ...]:
    """What to write, one item at a time, without the head."""
    if mode == "whole":
        return (whole(count),)
    if mode in ("burst", "tools"):
        parts = pieces("tools" if mode == "tools" else protocol, count)
    else:
        parts = answer(protocol, count)
    if plain:
        return parts
    framed = tuple(chunked(part) for part in parts)
    return (*framed[:-1], framed[-1] + b"0\r\n\r\n")


class _Peer:
    """One connection."""

    __slots__ = ("crowd", "every", "inbox", "next", "sock", "tick", "unsent", "writes")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.inbox = b""
        self.writes: tuple[bytes, ...] = ()
        self.next = 0
        self.unsent = b""
        self.tick = 0.0
        self.every = TICK
        self.crowd = 0


class Server:
    """Answers on one port of the loopback interface until its process ends."""

    def __init__(self) -> None:
        raise_file_limit()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._active: deque[_Peer] = deque()
        self._waiting: list[_Peer] = []
        self._held: list[_Peer] = []
        self._seen_all = False
        self._last_joined = 0.0
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Serve for ever."""
        while True:
            for key, ready in self._selector.select(self._patience()):
                if key.data is None:
                    self._accept()
                elif ready & selectors.EVENT_WRITE:
                    self._selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                    self._active.append(key.data)
                else:
                    self._receive(key.data)
            self._let_crowd_in()
            self._write()

    def _patience(self) -> float | None:
        if any(not peer.tick for peer in self._active):
            return 0.0
        if self._active:
            return max(0.0, min(peer.tick for peer in self._active) - time.monotonic())
        return 0.1 if self._waiting or self._held else None

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(sock, selectors.EVENT_READ, _Peer(sock))

    def _receive(self, peer: _Peer) -> None:
        try:
            data = peer.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        peer.inbox += data
        head, found, body = peer.inbox.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if found and len(body) >= (int(length[1]) if length else 0):
            whole, peer.inbox = peer.inbox, b""
            self._begin(peer, head, whole)

    def _begin(self, peer: _Peer, head: bytes, request: bytes) -> None:
        asked = ASKED.search(request)
        if head.startswith(b"GET /go "):
            self._seen_all = True
            return
        if asked is None:
            peer.sock.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return
        mode, streams, count = asked[1].decode(), int(asked[2] or 0), int(asked[3])
        if mode == "round":
            mode, count = ("burst", count) if RESULT.search(request) else ("tools", CALL)
        path = head.split(b" ", 2)[1].split(b"?")[0].decode()
        plain = b"\r\nx-plain:" in head or mode == "whole"
        peer.writes = _writes(protocol_of(path), mode, count, plain)
        size = b"content-length: %d" % sum(map(len, peer.writes))
        size = size if plain else b"transfer-encoding: chunked"
        peer.unsent = (WHOLE if mode == "whole" else HEAD) + size + b"\r\n\r\n"
        peer.next = 0
        peer.every = TICK * (streams or 1)
        peer.tick = time.monotonic() + peer.every if mode == "tick" else 0.0
        peer.crowd = streams if mode == "crowd" else 0
        if peer.crowd:
            self._waiting.append(peer)
            self._last_joined = time.monotonic()
        else:
            self._active.append(peer)

    def _let_crowd_in(self) -> None:
        late = time.monotonic() - self._last_joined > CROWD_PATIENCE
        if self._held and (late or self._seen_all):
            self._active.extend(self._held)
            self._held.clear()
        if self._waiting and (late or len(self._waiting) >= self._waiting[0].crowd):
            self._seen_all = False
            self._last_joined = time.monotonic()
            self._active.extend(self._waiting)
            self._waiting.clear()

    def _write(self) -> None:
        """One write for each stream whose time has come."""
        now = time.monotonic()
        for _ in range(len(self._active)):
            peer = self._active.popleft()
            if peer.tick > now or self._send(peer):
                self._active.append(peer)

    def _send(self, peer: _Peer) -> bool:
        """Write the next item (or what is left of one); False when that was all for now."""
        if peer.tick:
            peer.tick += peer.every
        data = peer.unsent
        if not data or peer.next == 0:
            data += peer.writes[peer.next]
            peer.next += 1
        try:
            sent = peer.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(peer)
            return False
        peer.unsent = data[sent:]
        if peer.unsent:  # the client is behind: wait for it without using a processor
            self._selector.modify(peer.sock, selectors.EVENT_WRITE, peer)
            return False
        if peer.crowd and peer.next == CROWD_BEGINNING and not self._seen_all:
            self._held.append(peer)
            return False
        return peer.next < len(peer.writes)

    def _drop(self, peer: _Peer) -> None:
        for group in (self._waiting, self._held):
            if peer in group:
                group.remove(peer)
        if peer in self._active:
            self._active.remove(peer)
        try:
            self._selector.unregister(peer.sock)
        except (KeyError, ValueError):
            return  # it was dropped before
        peer.sock.close()


if __name__ == "__main__":
    server = Server()
    sys.stdout.write(f"{server.port}\n")
    sys.stdout.flush()
    server.run()
