"""A service on loopback that has a list of models, in whatever form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from chimeric_testing import LoopbackServer, SeenRequest

__all__ = ["asked", "listing"]


def listing(paths: Mapping[str, Any], missing: int = 404) -> LoopbackServer:
    """A server that has a body for each path, queries aside, and refuses all others."""

    def answer(seen: SeenRequest) -> Iterator[bytes]:
        path = seen.path.partition("?")[0]
        status, body = (200, paths[path]) if path in paths else (missing, {"error": "none such"})
        data = msgspec.json.encode(body)
        yield b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % status
        yield b"content-length: %d\r\n\r\n" % len(data)
        yield data

    return LoopbackServer(answer)


def asked(server: LoopbackServer) -> list[str]:
    """What was asked of it."""
    return [f"{seen.method} {seen.path}" for seen in server.requests]
