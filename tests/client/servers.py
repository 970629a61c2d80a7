"""Servers that keep what they were asked, and the set-up that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest

__all__ = ["answering", "failing", "refusing"]

ANSWER = {
    "id": "a-1",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hello"},
            "finish_reason": "stop",
        }
    ],
}


def answering() -> LoopbackServer:
    """A server of chat completions that says Hello."""
    return LoopbackServer(lambda seen: _whole(200, ANSWER))


def refusing(status: int = 404) -> LoopbackServer:
    """A server that knows no path."""
    return LoopbackServer(lambda seen: _whole(status, {"error": {"message": "not here"}}))


def failing() -> LoopbackServer:
    """A server that is overloaded."""
    return refusing(503)


def keys_of(seen: SeenRequest) -> list[str]:
    """What a request carries that is a key."""
    return [v for n, v in seen.headers.items() if n in ("authorization", "x-api-key")]


def _whole(status: int, body: object) -> Iterator[bytes]:
    data = msgspec.json.encode(body)
    yield b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % status
    yield b"content-length: %d\r\n\r\n" % len(data)
    yield data
