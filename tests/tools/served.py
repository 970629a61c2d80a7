"""A server that gives prepared answers, one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any

from chimeric_testing import LoopbackServer, Script, SeenRequest
from chimeric_testing.server import Step, chunked

from chimeric import Chimeric

from .speakers import client_at


class Served:
    """The server, and a client whose providers are all there.

    ``answers`` are raw steps of the loopback server, taken from the front, one for each request.
    """

    def __init__(self, *answers: Iterable[Step], **settings: Any) -> None:
        self.answers = list(answers)
        self.server = LoopbackServer(lambda request: self._answer(request))
        self.client: Chimeric = client_at(f"{self.server.url}/v1", **settings)

    def _answer(self, request: SeenRequest) -> Iterable[Step]:
        return self.answers.pop(0)

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the requests that arrived."""
        return [request.json() for request in self.server.requests]

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.close()
        self.server.close()


def stream_of(script: Script) -> list[Step]:
    """The answer that streams a script, an event in each chunk."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {script.content_type}\r\n"
    return [f"{head}transfer-encoding: chunked\r\n\r\n".encode(), *chunked(script.frames())]


def whole(body: bytes) -> list[Step]:
    """The answer that is one JSON document."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return [f"{head}\r\n\r\n".encode(), body]
