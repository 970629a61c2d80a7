"""Streams as server-sent events, over a real server on loopback."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from chimeric import Chimeric, StreamChunk

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from chimeric_serving import EventResponse, sse_response
from chimeric_sim import Simulator
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.routing import Route

SLOW = {"rate": 20, "tokens": 400}


class App:
    """An application that answers ``/async``, ``/sync``, ``/broken`` and ``/mapped``."""

    def __init__(self, client: Chimeric) -> None:
        self.client = client
        self.finished = threading.Event()

    @asynccontextmanager
    async def lifespan(self, starlette: Starlette) -> AsyncIterator[None]:
        yield
        await self.client.aclose()

    async def ask(self, request: Request) -> EventResponse:
        params: dict[str, Any] = {k: float(v) for k, v in request.query_params.items() if k != "m"}
        model = request.query_params.get("m", "sim:echo")
        kind = request.path_params["kind"]
        if kind == "sync":
            stream = self.client.generate(model, "hello you", stream=True, **params)
            return sse_response(stream)
        astream = await self.client.agenerate(model, "hello you", stream=True, **params)
        if kind == "mapped":
            return sse_response(astream, chunk=only_text, ping=0.05, headers={"x-mine": "1"})
        if kind == "broken":
            return sse_response(astream, chunk=broken)
        response = sse_response(astream)
        response.background = BackgroundTask(self.finished.set)
        return response


def only_text(chunk: StreamChunk) -> dict[str, str] | None:
    return {"text": chunk.delta} if chunk.delta else None


def broken(chunk: StreamChunk) -> dict[str, str]:
    raise ZeroDivisionError("secret detail")


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def app(sim: Simulator) -> Iterator[App]:
    with Chimeric(sim_base_url=sim.base_url("sim"), max_retries=0) as client:
        yield App(client)


@pytest.fixture
def url(app: App, serving: Callable[..., Any]) -> Iterator[str]:
    starlette = Starlette(routes=[Route("/{kind}", app.ask)], lifespan=app.lifespan)
    with serving(starlette) as url:
        yield url


def events(text: str) -> list[tuple[str, Any]]:
    """The (name, data) pairs of an event stream; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if fields:
            found.append((fields.get("event", "message"), json.loads(fields["data"])))
    return found


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_stream_becomes_events_with_done_at_the_end(url, kind):
    reply = httpx.get(f"{url}/{kind}")
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    assert "content-length" not in reply.headers
    *chunks, (name, done) = events(reply.text)
    assert "".join(data.get("delta", "") for _, data in chunks) == "hello you"
    assert {name for name, _ in chunks} == {"message"}
    assert name == "done"
    assert done["finish_reason"] == "stop"
    assert done["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_events_arrive_one_by_one(url, kind):
    with httpx.stream("GET", f"{url}/{kind}?m=sim:story&rate=20&tokens=6") as reply:
        times = [time.monotonic() for line in reply.iter_lines() if line.startswith("data")]
    assert times[-1] - times[0] > 0.1


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_client_that_goes_away_ends_the_upstream_request(url, sim, kind, eventually):
    with httpx.stream("GET", f"{url}/{kind}?m=sim:story&rate=20&tokens=400") as reply:
        lines = reply.iter_lines()  # httpx leaves when its iterator is dropped
        next(lines)
        assert sim.traffic.streaming == 1
    eventually(lambda: sim.traffic.streaming == 0, 3)
    assert sim.traffic.abandoned == 1


def test_a_client_that_leaves_before_the_first_event_ends_the_upstream_request(
    url, sim, eventually
):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(b"GET /async?m=sim:story&rate=2&tokens=400 HTTP/1.1\r\nhost: x\r\n\r\n")
        eventually(lambda: sim.traffic.streaming == 1)
    eventually(lambda: sim.traffic.streaming == 0, 3)


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_an_upstream_failure_is_an_error_event_after_what_came(url, sim, kind):
    with httpx.stream("GET", f"{url}/{kind}?m=sim:story&rate=40&tokens=400") as reply:
        lines = reply.iter_lines()
        first = next(lines)
        sim.close()
        rest = "\n".join([first, *lines])
    *chunks, (name, error) = events(rest)
    assert chunks
    assert name == "error"
    assert error["kind"] == "incomplete"
    assert error["retryable"] is True


def test_chunks_can_be_mapped_and_silence_is_filled_with_comments(url):
    reply = httpx.get(f"{url}/mapped?m=sim:story&rate=8&tokens=4")
    assert reply.headers["x-mine"] == "1"
    assert ": ping\n\n" in reply.text
    *chunks, (name, _) = events(reply.text)
    assert name == "done"
    assert all(set(data) == {"text"} for _, data in chunks)


def test_a_fault_of_the_application_tells_the_client_nothing_but_that(url, sim, eventually):
    reply = httpx.get(f"{url}/broken?m=sim:story&rate=50&tokens=200")
    assert events(reply.text) == [("error", {"kind": "internal", "message": "internal error"})]
    eventually(lambda: sim.traffic.streaming == 0, 3)


def test_background_tasks_run_after_the_stream(url, app):
    httpx.get(f"{url}/async")
    assert app.finished.wait(3)
