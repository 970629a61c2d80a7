"""A server over real loopback HTTP, and what is reported of it through the official SDK."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import msgspec
import pytest
import trio
import uvloop
from chimeric_otel import Telemetry
from chimeric_testing import Close, LoopbackServer, Pause, SeenRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chimeric import Chimeric

MODES = ("sync", "asyncio", "trio", "uvloop")

USAGE = (
    b'"usage":{"prompt_tokens":9,"completion_tokens":6,"total_tokens":15,'
    b'"prompt_tokens_details":{"cached_tokens":4},'
    b'"completion_tokens_details":{"reasoning_tokens":2}}'
)


def answer(request: SeenRequest) -> Iterator[Any]:
    if b"slow down" in request.body:
        yield b'HTTP/1.1 429 Slow\r\ncontent-length: 33\r\n\r\n{"error":{"message":"Slow down"}} '
        return
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    if request.json().get("stream"):
        last = request.json()["messages"][-1]
        if "tools" in request.json() and last["role"] == "user":
            delta, finish = (
                b'{"tool_calls":[{"index":0,"id":"c1","function":{"name":"now","arguments":"{}"}}]}',
                b"tool_calls",
            )
        else:
            delta, finish = b'{"content":"Hello"}', b"stop"
        yield b'data: {"id":"r1","model":"m-2","choices":[{"index":0,"delta":' + delta
        yield b',"finish_reason":"' + finish + b'"}]}\n\n'
        yield b'data: {"choices":[],' + USAGE + b"}\n\ndata: [DONE]\n\n"
    else:
        yield b'{"id":"r1","model":"m-2","choices":[{"message":{"content":"Hello"},'
        yield b'"finish_reason":"stop"}],' + USAGE + b"}"
    yield Close()


TRIED: list[str] = []
"""What a scripted model was asked, so that it fails the first time."""


def scripted(request: SeenRequest) -> Iterator[Any]:
    """Does what the model's name says: ``calls`` asks for the tools that the prompt names, as JSON;
    ``flaky`` fails once; ``down`` always; ``cut`` breaks off; ``slow`` goes on for long."""
    body = request.json()
    model, last = body["model"], body["messages"][-1]
    if model == "down" or (model == "flaky" and model not in TRIED):
        TRIED.append(model)
        yield b"HTTP/1.1 503 Busy\r\nretry-after-ms: 1\r\ncontent-length: 2\r\n\r\n{}"
        return
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    texts, finish = ["Once ", "upon ", "a time"], "stop"
    if model == "calls" and last["role"] == "user":
        texts, finish = [], "tool_calls"
        for place, call in enumerate(msgspec.json.decode(last["content"])):
            told = {"index": place, "id": f"c{place}", "function": call}
            yield event({"tool_calls": [told]})
    for text in texts:
        yield event({"content": text})
        if model == "slow":
            yield Pause(60)
        if model == "paced":
            yield Pause(0.4)
    if model != "cut":
        yield event({}, finish)
        yield b'data: {"choices":[],' + USAGE + b"}\n\ndata: [DONE]\n\n"
    yield Close()


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    told = {"id": "r1", "model": "m-2", "choices": [choice]}
    return b"data: %b\n\n" % msgspec.json.encode(told)


def wanted(*calls: tuple[str, dict[str, Any]]) -> str:
    """The prompt that makes ``calls`` ask for these tools."""
    told = [{"name": n, "arguments": msgspec.json.encode(a).decode()} for n, a in calls]
    return msgspec.json.encode(told).decode()


def run(mode: str, main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine function on a loop of its own."""
    if mode == "trio":
        return trio.run(main)
    factory = uvloop.new_event_loop if mode == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


def collect(mode: str, client: Chimeric, model: str, prompt: str, **more: Any) -> Any:
    """The response of a whole stream, sync or on a loop; the client is closed."""
    if mode == "sync":
        with client:
            return client.generate(f"compatible:{model}", prompt, stream=True, **more).collect()

    async def main() -> Any:
        async with client:
            stream = await client.agenerate(f"compatible:{model}", prompt, stream=True, **more)
            return await stream.collect()

    return run(mode, main)


class Seen:
    """What was reported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    def plugin(self, **options: Any) -> Telemetry:
        return Telemetry(tracer_provider=self.tracers, meter_provider=self.meters, **options)

    def span(self) -> Any:
        (span,) = self.exporter.get_finished_spans()
        return span

    def spans(self) -> dict[str, Any]:
        """By name, which is to be one span's alone; each has ended once."""
        found = self.exporter.get_finished_spans()
        names = [span.name for span in found]
        assert len(names) == len(set(names)), names
        return {span.name: span for span in found}

    def all(self, name: str) -> list[Any]:
        """Those of a name, in the order of their beginning."""
        found = [span for span in self.exporter.get_finished_spans() if span.name == name]
        return sorted(found, key=lambda span: span.start_time or 0)

    def metrics(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        found = data.resource_metrics[0].scope_metrics[0].metrics
        return {metric.name: list(metric.data.data_points) for metric in found}


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


@pytest.fixture
def script() -> Iterator[LoopbackServer]:
    TRIED.clear()
    with LoopbackServer(scripted) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any, **settings: Any) -> Chimeric:
    return Chimeric(base_url=server.url, plugins=plugins, **{"max_retries": 0, **settings})
