"""Requests out of bytes: the reading half of HTTP/1.1, without I/O."""

from __future__ import annotations

import asyncio

import chimeric_dialects

__all__ = ["MAX_HEAD", "Rejected", "Request", "take_request"]

MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024


class Request(chimeric_dialects.Request):
    """One request, and the HTTP version that it speaks."""

    version: str = "HTTP/1.1"


class Rejected(Exception):  # noqa: N818 - it is no failure of ours
    """Bytes that are no request of ours; answered with ``status`` and closed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def take_request(buffer: bytearray, transport: asyncio.Transport) -> Request | None:
    """Cut one whole request out of the buffer, or None while it is not complete."""
    while buffer.startswith(b"\r\n"):
        del buffer[:2]
    end = buffer.find(b"\r\n\r\n")
    if end < 0 or end > MAX_HEAD:
        if len(buffer) > MAX_HEAD:
            raise Rejected(431, "Request header fields are too large")
        return None
    request = _parse_head(bytes(buffer[:end]))
    start = end + 4
    if "chunked" in request.headers.get("transfer-encoding", "").lower():
        taken = _chunked_body(buffer, start)
    else:
        taken = _sized_body(buffer, start, request)
    if taken is None:
        if request.headers.get("expect", "").lower() == "100-continue" and len(buffer) == start:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None
    request.body, stop = taken
    del buffer[:stop]
    return request


def _parse_head(head: bytes) -> Request:
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Rejected(400, "This is not an HTTP/1.1 request")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Rejected(400, "Malformed header line")
        name = name.lower()
        value = value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Request(words[0], words[1], headers, version=words[2])


def _sized_body(buffer: bytearray, start: int, request: Request) -> tuple[bytes, int] | None:
    length = request.headers.get("content-length", "0")
    if not length.isdigit():
        raise Rejected(400, "Content-Length is not a number")
    size = int(length)
    if size > MAX_BODY:
        raise Rejected(413, "The request body is too large")
    if len(buffer) < start + size:
        return None
    return bytes(buffer[start : start + size]), start + size


def _chunked_body(buffer: bytearray, start: int) -> tuple[bytes, int] | None:
    body = bytearray()
    while True:
        line_end = buffer.find(b"\r\n", start)
        if line_end < 0:
            return None
        try:
            size = int(buffer[start:line_end].split(b";")[0], 16)
        except ValueError:
            raise Rejected(400, "Malformed chunk size") from None
        if size < 0 or len(body) + size > MAX_BODY:
            raise Rejected(413, "The request body is too large")
        start = line_end + 2
        if size == 0:
            end = buffer.find(b"\r\n", start)
            return None if end < 0 else (bytes(body), end + 2)
        if len(buffer) < start + size + 2:
            return None
        body += buffer[start : start + size]
        start += size + 2
