"""Streams as server-sent events, over a real server on loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import httpx
import pytest

import chimeric
from chimeric import Chimeric, StreamChunk, hookimpl

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
from chimeric_serving import SSEEncoder, StreamResponse, error_event, sse_response
from chimeric_sim import Simulator
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

SLOW = {"rate": 20, "tokens": 400}

INTERNAL = ("error", {"kind": "internal", "message": "internal error", "retryable": False})


class App:
    """An application that answers ``/async``, ``/sync``, ``/broken``, ``/mapped``, ``/thread``."""

    def __init__(self, client: Chimeric) -> None:
        self.client = client
        self.finished = threading.Event()

    @asynccontextmanager
    async def lifespan(self, starlette: Starlette) -> AsyncIterator[None]:
        yield
        await self.client.aclose()

    async def ask(self, request: Request) -> Response:
        params: dict[str, Any] = {k: float(v) for k, v in request.query_params.items() if k != "m"}
        model = request.query_params.get("m", "sim:echo")
        kind = request.path_params["kind"]
        if kind == "thread":
            return PlainTextResponse(await anyio.to_thread.run_sync(lambda: "from a thread"))
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
    assert events(reply.text) == [INTERNAL]
    eventually(lambda: sim.traffic.streaming == 0, 3)


def test_a_client_that_reads_nothing_stops_the_source(serving, eventually):
    made = 0
    closed = threading.Event()

    async def source() -> AsyncIterator[StreamChunk]:
        nonlocal made
        try:
            while True:
                made += 1
                yield StreamChunk("x" * 100_000)
        finally:
            closed.set()

    async def flood(request: Request) -> Response:
        return StreamResponse(source(), SSEEncoder())

    with serving(Starlette(routes=[Route("/", flood)])) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            seen = -1
            while seen != made or not made:  # until its buffers are full
                seen = made
                time.sleep(0.5)
            assert 0 < made < 500
        assert closed.wait(20)


def test_background_tasks_run_after_the_stream(url, app):
    httpx.get(f"{url}/async")
    assert app.finished.wait(20)


SECRET = "postgres://admin:hunter2@db/prod"


class Broken:
    """A middleware whose exception says what no user may know."""

    def __init__(self, hook: str) -> None:
        self.hook = hook

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        if self.hook == "chunk" and chunk.delta:
            raise KeyError(SECRET)
        return chunk


def leaking_tool() -> str:
    """Look something up."""
    raise chimeric.ToolError(SECRET)


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_plugin_that_raises_tells_the_browser_nothing(sim, serving, kind):
    with Chimeric(sim_base_url=sim.base_url("sim"), plugins=[Broken("chunk")]) as client:
        app = App(client)
        starlette = Starlette(routes=[Route("/{kind}", app.ask)], lifespan=app.lifespan)
        with serving(starlette) as url:
            reply = httpx.get(f"{url}/{kind}")
    assert events(reply.text)[-1] == INTERNAL
    assert "hunter2" not in reply.text
    assert "Broken" not in reply.text


@pytest.mark.parametrize(
    "error",
    [
        chimeric.PluginError(SECRET, plugin="p", hook="h"),
        chimeric.ConfigurationError(SECRET),
        chimeric.ProviderNotFoundError(SECRET),
        chimeric.TranslationError(SECRET),
        chimeric.ToolError(SECRET),
        chimeric.ToolLoopLimitError(SECRET),
        chimeric.ConcurrentUseError(SECRET),
        chimeric.ChimericError(SECRET),
        chimeric.AuthenticationError(SECRET, status_code=401),
        chimeric.PermissionDeniedError(SECRET, status_code=403),
        chimeric.NotFoundError(SECRET, status_code=404),
        KeyError(SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
    ],
)
def test_what_is_the_applications_own_matter_is_an_internal_error(error):
    assert events(error_event(error).decode()) == [INTERNAL]


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (chimeric.ConnectionFailedError(SECRET), "connection", True),
        (chimeric.TransportError(SECRET), "transport", True),
        (chimeric.RequestTimeoutError(SECRET, phase="gap"), "timeout", True),
        (chimeric.StreamInterruptedError(SECRET), "incomplete", True),
        (chimeric.ProtocolError(SECRET), "protocol", False),
        (chimeric.StructuredOutputError(SECRET), "structured_output", False),
    ],
)
def test_of_what_broke_the_kind_is_told_and_no_host_or_file(error, kind, retryable):
    ((name, told),) = events(error_event(error).decode())
    assert (name, told["kind"], told["retryable"]) == ("error", kind, retryable)
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    "error",
    [
        chimeric.RateLimitError("slower, please"),
        chimeric.BadRequestError("the prompt is too long"),
        chimeric.ServerError("overloaded"),
        chimeric.ProviderError("no"),
    ],
)
def test_the_providers_own_words_are_passed_on(error):
    ((_, told),) = events(error_event(error).decode())
    assert told == {"kind": error.kind, "message": error.message, "retryable": error.retryable}


def test_a_refusal_of_a_plugin_tells_when_to_come_again_and_not_why():
    ((_, told),) = events(error_event(chimeric.RefusedError(SECRET, retry_after=2.5)).decode())
    assert told["kind"] == "refused"
    assert told["retry_after"] == 2.5
    assert SECRET not in str(told)


def test_many_sync_streams_leave_the_threads_of_the_application_to_others(url, sim, eventually):
    host, port = url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as open_streams:
        for _ in range(100):
            sock = open_streams.enter_context(socket.create_connection((host, int(port))))
            request = b"GET /sync?m=sim:story&rate=1&tokens=4000 HTTP/1.1\r\nhost: x\r\n\r\n"
            sock.sendall(request)
        eventually(lambda: sim.traffic.streaming == 100, 30)
        for _ in range(3):
            assert httpx.get(f"{url}/thread", timeout=20).text == "from a thread"
        assert sim.traffic.streaming == 100
    eventually(lambda: sim.traffic.streaming == 0, 20)
