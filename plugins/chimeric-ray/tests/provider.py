"""The simulator as a provider in a process of its own, which counts what it is asked.

``python provider.py`` prints its URL, and serves until its standard input ends. A prompt says what
becomes of it: ``cut off`` breaks the connection in mid-stream, ``refused`` is a 500, ``steady``
takes its time, ``held`` waits for ``GET /release``.
``GET /asked`` tells how often each ``row N`` was asked, ``GET /most`` how many
answers were under way at most, ``GET /forget`` begins anew.
"""

from __future__ import annotations

import collections
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from chimeric_sim.server import Reply, Request, Server
from chimeric_sim.service import Recordings, SimulatedService, route

ROW = re.compile(rb"row (\d+)")
FAULTS = {
    b"cut off": {"x-sim-cut-after": "2"},
    b"refused": {"x-sim-status": "500"},
    b"steady": {"x-sim-rate": "40"},
}


class Provider:
    """Handles requests."""

    def __init__(self) -> None:
        self.service = SimulatedService(None, None, None, Recordings())
        self.streaming: Callable[[], int] = int
        self.most = 0
        self.released = False
        self.asked: collections.Counter[str] = collections.Counter()

    def __call__(self, request: Request) -> Reply:
        """Count a request, and answer it."""
        if request.path == "/asked":
            return Reply(status=200, headers={}, body=json.dumps(self.asked).encode())
        if request.path == "/release":
            self.released = True
            return Reply(status=200, headers={}, body=b"")
        if request.path == "/most":
            return Reply(status=200, headers={}, body=str(self.most).encode())
        if request.path == "/forget":
            self.asked.clear()
            self.most = 0
            self.released = False
            return Reply(status=200, headers={}, body=b"")
        body = request.body or b""
        if found := ROW.search(body):
            self.asked[found[1].decode()] += 1
        more: dict[str, Any] = {}
        for word, headers in FAULTS.items():
            if word in body:
                more |= headers
        self.most = max(self.most, 1 + self.streaming())
        told = msgspec.structs.replace(request, headers={**request.headers, **more})
        reply = route(told, self.service)
        if b"held" in body and reply.pieces is not None:
            reply.pieces = self.held(reply.pieces)
        return reply

    def held(self, pieces: Iterator[bytes | float]) -> Iterator[bytes | float]:
        """The pieces of a stream, once they may go."""
        while not self.released:
            yield 0.05
        yield from pieces


def main() -> None:
    """Serve until nobody wants it any more."""
    provider = Provider()
    server = Server(provider, "127.0.0.1", 0)
    provider.streaming = lambda: server.traffic.streaming
    print(f"http://127.0.0.1:{server.port}", flush=True)
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    main()
