"""An application that sends streams to front ends: recordings, and answers of the simulator."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from chimeric_serving import (
    InvalidRequestError,
    read_body,
    read_ui_request,
    ui_stream_response,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimeric import Chimeric, ChimericError
from tests.conformance.test_corpus import Replay, arguments

__all__ = ["FrontEnds", "served"]


class FrontEnds:
    """``POST /ui/recorded/N`` replays the N-th recording of a list, ``/ui/asked`` asks a model."""

    def __init__(self, client: Chimeric, replay: Replay, cases: list[dict[str, Any]]) -> None:
        self.client = client
        self.replay = replay
        self.cases = cases
        self.arguments: dict[str, Any] = {}
        self.allow = False
        self.app = Starlette(
            routes=[
                Route("/ui/recorded/{number:int}", self.ui_recorded, methods=["POST"]),
                Route("/ui/asked", self.ui_asked, methods=["POST"]),
            ]
        )

    async def _recorded(self, request: Request) -> Any:
        case = self.cases[request.path_params["number"]]
        self.replay.case, self.replay.pieces = case, [self._body(case)]
        return await self.client.agenerate(**{**arguments(case), "stream": True})

    @staticmethod
    def _body(case: dict[str, Any]) -> bytes:
        from tests.conformance.corpus import check

        body: bytes = check.body_bytes(case)
        return body

    async def ui_recorded(self, request: Request) -> Response:
        asked = read_ui_request(await read_body(request.stream()))
        try:
            stream = await self._recorded(request)
        except ChimericError as error:
            return PlainTextResponse(error.kind, 502)
        return ui_stream_response(stream, sdk=asked.body.get("sdk", 7))

    async def ui_asked(self, request: Request) -> Response:
        try:
            asked = read_ui_request(await read_body(request.stream()))
            messages = asked.resume(lambda call: self.allow)
        except InvalidRequestError as error:
            return PlainTextResponse(error.message, error.status_code)
        stream = await self.client.agenerate(messages=messages, stream=True, **self.arguments)
        return ui_stream_response(stream, asked, sdk=asked.body.get("sdk", 7))


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An application on a real server; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 20
        while not server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
