"""The recordings as a server that sends them, and the clients that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import Chimeric

__all__ = ["KEY", "Replay"]

KEY = "sk-loopback-0123456789"


class Replay:
    """Serves one case at a time, cut as told. Close it, or use it in ``with``.

    Attributes:
        case: what is served.
        pieces: its body.
    """

    def __init__(self) -> None:
        self.case: dict[str, Any] = {}
        self.pieces: list[bytes] = []
        self.server = LoopbackServer(self.handle)

    def handle(self, request: SeenRequest) -> Iterator[bytes]:
        recorded = self.case["response"]
        head = [f"HTTP/1.1 {recorded['status']} Recorded"]
        for name, value in recorded["headers"].items():
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding"):
                head.append(f"{name}: {value}")
        head.append("transfer-encoding: chunked")
        yield ("\r\n".join(head) + "\r\n\r\n").encode()
        yield from chunked(self.pieces)

    def client(self, **settings: Any) -> Chimeric:
        """A client that asks this server, whichever provider it is to ask."""
        names = [name for name in Chimeric().available_providers if name != "sim"]
        return Chimeric(
            api_keys=dict.fromkeys(names, KEY),
            base_urls=dict.fromkeys(names, f"{self.server.url}/v1"),
            max_retries=0,
            **settings,
        )

    def __enter__(self) -> Replay:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()
