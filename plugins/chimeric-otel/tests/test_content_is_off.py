"""With content off no text of prompt or answer is in a span, whatever channel it would take."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
import pytest
from chimeric_otel import Telemetry
from chimeric_testing import Close, LoopbackServer, SeenRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chimeric import Chimeric, ChimericError, ToolError, hookimpl

SECRET = "my diagnosis"


class Mood(msgspec.Struct):
    mood: Literal["good", "bad"]


def answer(request: SeenRequest) -> Iterator[Any]:
    """Fails, or answers, as the model's name says; what it says quotes the prompt."""
    kind = request.json()["model"]
    if kind.isdigit():
        error = {"message": f"Invalid prompt: {SECRET!r}", "type": SECRET, "code": SECRET}
        body = json.dumps({"error": error}).encode()
        yield f"HTTP/1.1 {kind} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        return
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
    chunk = {"content": json.dumps({"mood": SECRET})}
    if kind == "call":
        call = {"name": "look", "arguments": json.dumps({"what": SECRET})}
        chunk = {"tool_calls": [{"index": 0, "id": "c", "function": call}]}
    end = "tool_calls" if kind == "call" else "stop"
    yield b"data: %s\n\n" % json.dumps({"choices": [{"index": 0, "delta": chunk}]}).encode()
    if kind == "error-event":
        yield b"data: %s\n\n" % json.dumps({"error": {"message": f"flagged: {SECRET}"}}).encode()
    elif kind == "malformed":
        yield b"data: {%s\n\n" % SECRET.encode()
    elif kind != "cut":
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": end}]}
        yield b"data: %s\n\ndata: [DONE]\n\n" % json.dumps(last).encode()
    yield Close()


class Raises:
    @hookimpl
    def chimeric_process_chunk(self, chunk):
        if chunk.delta:
            raise ValueError(chunk.delta)


def look(what: str) -> str:
    """Look something up."""
    raise ToolError(f"nothing about {what}")


def spans(model: str, *plugins: Any, capture: bool = False, **more: Any) -> list[Any]:
    out, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(out))
    telemetry = Telemetry(tracer_provider=tracers, capture_content=capture)
    with (
        LoopbackServer(answer) as server,
        Chimeric(base_url=server.url, max_retries=0, plugins=[telemetry, *plugins]) as client,
    ):
        with contextlib.suppress(ChimericError):
            client.generate(f"compatible:{model}", SECRET, stream=True, **more).collect()
    return list(out.get_finished_spans())


CASES: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("400", (), {}),
    ("401", (), {}),
    ("429", (), {}),
    ("500", (), {}),
    ("error-event", (), {}),
    ("malformed", (), {}),
    ("cut", (), {}),
    ("structured", (), {"response_format": Mood}),
    ("hook", (Raises(),), {}),
    ("call", (), {"tools": [look], "max_turns": 1}),
    ("well", (), {}),
]


@pytest.mark.parametrize(("model", "plugins", "more"), CASES, ids=lambda value: str(value)[:12])
def test_no_text_of_prompt_or_answer_is_in_a_span(model, plugins, more):
    *others, span = spans(model, *plugins, **more)
    assert len(others) == (3 if model == "call" else 0)  # two turns and a tool in the call
    for each in (*others, span):
        assert SECRET not in each.to_json()
    if model != "well":
        assert span.status.description.startswith(span.attributes["error.type"])
    if model.isdigit():
        assert f"({model})" in span.status.description


def test_with_content_on_the_provider_s_words_are_told():
    (span,) = spans("400", capture=True)
    assert span.status.description == f"Invalid prompt: {SECRET!r}"


def test_the_output_of_a_stream_that_was_left_is_not_called_an_error():
    out, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(out))
    telemetry = Telemetry(tracer_provider=tracers, capture_content=True)
    with (
        LoopbackServer(answer) as server,
        Chimeric(base_url=server.url, max_retries=0, plugins=[telemetry]) as client,
    ):
        stream = client.generate("compatible:well", "Hi", stream=True)
        next(stream)
        stream.close()
    (span,) = out.get_finished_spans()
    (message,) = json.loads(span.attributes["gen_ai.output.messages"])
    assert message["finish_reason"] == "cancelled"
