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
    ag_ui_response,
    read_ag_ui_request,
    read_body,
    read_ui_request,
    ui_stream_response,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimeric import Chimeric, ChimericError, Pause, hookimpl
from tests.conformance.corpus import cases, check
from tests.conformance.replay import Replay
from tests.conformance.test_corpus import arguments

__all__ = ["RECORDED", "FrontEnds", "running", "send_money"]

RECORDED = [case for case in cases() if case["stream"]]
"""Recordings of streams; there are none without the corpus."""


class FrontEnds:
    """``POST /ui/recorded/N`` replays the N-th of ``RECORDED``, ``/ui/asked`` asks a model.

    The same is under ``/ag-ui``.
    """

    def __init__(self, client: Chimeric, replay: Replay) -> None:
        self.client = client
        self.replay = replay
        self.arguments: dict[str, Any] = {}
        self.allow = False
        self.app = Starlette(
            routes=[
                Route("/ui/recorded/{number:int}", self.ui_recorded, methods=["POST"]),
                Route("/ui/asked", self.ui_asked, methods=["POST"]),
                Route("/ag-ui/recorded/{number:int}", self.ag_ui_recorded, methods=["POST"]),
                Route("/ag-ui/asked", self.ag_ui_asked, methods=["POST"]),
            ]
        )

    async def _recorded(self, request: Request) -> Any:
        case = RECORDED[request.path_params["number"]]
        self.replay.case, self.replay.pieces = case, [check.body_bytes(case)]
        return await self.client.agenerate(**{**arguments(case), "stream": True})

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

    async def ag_ui_recorded(self, request: Request) -> Response:
        asked = read_ag_ui_request(await read_body(request.stream()))
        try:
            stream = await self._recorded(request)
        except ChimericError as error:
            return PlainTextResponse(error.kind, 502)
        return ag_ui_response(stream, asked)

    async def ag_ui_asked(self, request: Request) -> Response:
        try:
            asked = read_ag_ui_request(await read_body(request.stream()))
            messages = asked.resume(lambda call: self.allow)
        except InvalidRequestError as error:
            return PlainTextResponse(error.message, error.status_code)
        told = {**self.arguments, "tools": [*self.arguments.get("tools", ()), *asked.tools]}
        stream = await self.client.agenerate(messages=messages, stream=True, **told)
        return ag_ui_response(stream, asked)


def send_money(amount: int) -> dict[str, int]:
    """Send money."""
    return {"sent": amount}


class Careful:
    """Lets a human decide about one tool."""

    @hookimpl
    def chimeric_call_tool(self, call: Any) -> Pause | None:
        return Pause("money is sent") if call.name == "send_money" else None


@contextmanager
def running() -> Iterator[tuple[FrontEnds, str]]:
    """The application over all recordings, and its URL."""
    with Replay() as replay, replay.client(plugins=[Careful()]) as client:
        app = FrontEnds(client, replay)
        with served(app.app) as url:
            yield app, url


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An application on a real server; gives its URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        end = time.monotonic() + 60
        while not server.started:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
