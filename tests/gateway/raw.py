"""Requests as bytes on a socket, for what no HTTP client would send."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

__all__ = ["answer", "connected", "head", "status_of"]


@contextlib.contextmanager
def connected(url: str, seconds: float = 20) -> Iterator[socket.socket]:
    """A connection to the gateway."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), seconds) as connection:
        yield connection


def head(path: str, *lines: str, method: str = "POST", length: int | None = None) -> bytes:
    """A request's line and headers."""
    every = [f"{method} {path} HTTP/1.1", "host: gateway", "content-type: application/json"]
    if length is not None:
        every.append(f"content-length: {length}")
    return ("\r\n".join([*every, *lines]) + "\r\n\r\n").encode("latin-1")


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes or is silent; a reset ends it too."""
    told = b""
    with contextlib.suppress(OSError):
        while piece := connection.recv(65536):
            told += piece
            if told.endswith(b"\r\n0\r\n\r\n") or _whole(told):
                break
    return told


def _whole(told: bytes) -> bool:
    header, found, body = told.partition(b"\r\n\r\n")
    for line in header.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return bool(found) and len(body) >= int(line.partition(b":")[2])
    return False


def status_of(told: bytes) -> int:
    """The status of an answer; 0 where none came."""
    return int(told.split(b" ", 2)[1]) if told.startswith(b"HTTP/1.1 ") else 0
