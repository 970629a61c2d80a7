"""The transports, what runs them, and answers for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
from chimeric_testing import LoopbackServer, Pause, SeenRequest
from chimeric_testing.server import chunked


class Way(NamedTuple):
    """A transport, and whether it is used asynchronously."""

    transport: str
    asynchronous: bool
    uvloop: bool = False


WAYS = [
    Way("httpx", False),
    Way("httpx", True),
    Way("httpx2", False),
    Way("httpx2", True),
    Way("aiohttp", True),
    Way("httpx", True, uvloop=True),
    Way("httpx2", True, uvloop=True),
    Way("aiohttp", True, uvloop=True),
]


def named(way: Way) -> str:
    return f"{way.transport}-{'uvloop' if way.uvloop else 'async' if way.asynchronous else 'sync'}"


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: " + msgspec.json.encode(delta) + b"\n\n"


OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
WHOLE = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'


def plain(body: bytes, status: str = "200 OK", more: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n".encode()
    return head + more + b"\r\n" + body


def good(request: SeenRequest) -> Iterator[Any]:
    yield OPEN
    yield from chunked([text("Hel"), text("lo \u2028 "), text("w\u00f6rld"), END])


def serve(*steps: Any) -> LoopbackServer:
    return LoopbackServer(lambda request: iter(steps))


def endless(request: SeenRequest) -> Iterator[Any]:
    yield OPEN
    while True:
        yield from list(chunked([text("word ")]))[:-1]
        yield Pause(0.02)
