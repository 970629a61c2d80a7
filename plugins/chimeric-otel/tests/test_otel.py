"""Spans and metrics of calls over real loopback HTTP, through the official SDK."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest
from chimeric_otel.content import output_json
from chimeric_testing import LoopbackServer, SeenRequest
from opentelemetry.trace import StatusCode

from chimeric import (
    Chimeric,
    CompletionResponse,
    GeneratedFile,
    ImagePart,
    Message,
    RateLimitError,
    ServerToolChunk,
    TextPart,
)

from .conftest import Seen, client


def test_a_stream_is_a_span_with_the_attributes_of_the_conventions(
    server: LoopbackServer, seen: Seen
) -> None:
    with client(server, seen.plugin()) as chimeric:
        stream = chimeric.generate(
            "compatible:m", "Hi", stream=True, temperature=0.5, max_tokens=9, seed=1, stop=["x"]
        )
        assert seen.exporter.get_finished_spans() == ()
        stream.collect()
    span = seen.span()
    assert span.name == "chat m"
    assert span.kind.name == "CLIENT"
    attributes = dict(span.attributes)
    assert 0 < attributes.pop("gen_ai.response.time_to_first_chunk") < 60
    assert attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "compatible",
        "gen_ai.request.model": "m",
        "gen_ai.request.stream": True,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 9,
        "gen_ai.request.seed": 1,
        "gen_ai.request.stop_sequences": ("x",),
        "gen_ai.response.id": "r1",
        "gen_ai.response.model": "m-2",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 6,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "server.address": "127.0.0.1",
        "server.port": server.port,
    }


def test_a_failed_call_has_its_error_type(server: LoopbackServer, seen: Seen) -> None:
    with client(server, seen.plugin()) as chimeric, pytest.raises(RateLimitError):
        chimeric.generate("compatible:m", "slow down")
    span = seen.span()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "RateLimitError"
    for name in ("gen_ai.client.inference.duration", "gen_ai.client.operation.duration"):
        (duration,) = seen.metrics()[name]
        assert duration.attributes["error.type"] == "RateLimitError"


def test_a_stream_that_is_left_ends_its_span(server: LoopbackServer, seen: Seen) -> None:
    async def run() -> None:
        async with client(server, seen.plugin()) as chimeric:
            async for _ in await chimeric.agenerate("compatible:m", "Hi", stream=True):
                break

    asyncio.run(run())
    assert "gen_ai.response.finish_reasons" not in seen.span().attributes
    assert seen.span().status.status_code is StatusCode.UNSET


def test_a_span_is_the_child_of_the_current_one(server: LoopbackServer, seen: Seen) -> None:
    outside = seen.tracers.get_tracer("t").start_as_current_span("outer")
    with outside as outer, client(server, seen.plugin()) as chimeric:
        chimeric.generate("compatible:m", "Hi")
    inner = next(s for s in seen.exporter.get_finished_spans() if s.name == "chat m")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id


def test_content_is_captured_only_when_asked_for(
    server: LoopbackServer, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = ImagePart(data="aGk=", media_type="image/png")
    messages = [Message("system", "Be brief"), Message("user", (TextPart("What?"), picture))]
    with client(server, seen.plugin()) as chimeric:
        chimeric.generate("compatible:m", messages)
        assert "Be brief" not in str(seen.span().attributes)
        seen.exporter.clear()
        monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
        chimeric.generate("compatible:m", messages)
    told = {
        name: msgspec.json.decode(value)
        for name, value in seen.span().attributes.items()
        if name.endswith((".messages", "_instructions"))
    }
    assert told == {
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief"}],
        "gen_ai.input.messages": [
            {
                "role": "user",
                "parts": [
                    {"type": "text", "content": "What?"},
                    {"type": "blob", "mime_type": "image/png", "modality": "image"},
                ],
            }
        ],
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "Hello"}],
                "finish_reason": "stop",
            }
        ],
    }


def test_it_reports_to_the_global_provider_by_itself_and_is_silent_without_one(
    server: LoopbackServer,
) -> None:
    program = f"""
import sys
from chimeric import Chimeric
with Chimeric(base_url={server.url!r}) as client:
    client.generate("compatible:m", "Hi")
    assert "opentelemetry" not in sys.modules
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    client.generate("compatible:m", "Hi")
print([span.name for span in exporter.get_finished_spans()])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['chat m']"


MESSAGE = {
    "type": "message",
    "id": "m",
    "content": [
        {"type": "thinking", "thinking": "Look.", "signature": "s"},
        {"type": "text", "text": "First."},
        {"type": "server_tool_use", "id": "s1", "name": "code_execution", "input": {"code": "1"}},
        {
            "type": "code_execution_tool_result",
            "tool_use_id": "s1",
            "content": {
                "type": "code_execution_result",
                "stdout": "1",
                "return_code": 0,
                "content": [{"type": "code_execution_output", "file_id": "f1"}],
            },
        },
        {"type": "text", "text": "Second."},
    ],
    "stop_reason": "end_turn",
    "usage": {},
}


def test_an_answer_is_told_block_by_block_with_the_tools_that_the_provider_ran(seen: Seen) -> None:
    def whole(request: SeenRequest) -> Iterator[bytes]:
        body = msgspec.json.encode(MESSAGE)
        yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)

    with LoopbackServer(whole) as server:
        plugins = [seen.plugin(capture_content=True)]
        url = server.url
        with Chimeric(anthropic_base_url=url, anthropic_api_key="k", plugins=plugins) as chimeric:
            chimeric.generate("claude-x", "Hi")
    (message,) = msgspec.json.decode(seen.span().attributes["gen_ai.output.messages"])
    made = {"type": "file", "file_id": "f1", "mime_type": None, "modality": "document"}
    assert message["parts"] == [
        {"type": "reasoning", "content": "Look."},
        {"type": "text", "content": "First."},
        {
            "type": "server_tool_call",
            "id": "s1",
            "name": "code_execution",
            "server_tool_call": {
                "type": "code_execution",
                "arguments": {"code": "1", "language": "python"},
            },
        },
        {
            "type": "server_tool_call_response",
            "id": "s1",
            "server_tool_call_response": {
                "type": "code_execution",
                "status": "completed",
                "output": {"stdout": "1", "exit_code": 0, "files": [made]},
            },
        },
        made,
        {"type": "text", "content": "Second."},
    ]


def test_the_bytes_of_a_picture_that_a_tool_made_are_in_no_span() -> None:
    picture = GeneratedFile("i", ImagePart(url="data:image/png;base64,AAAA", data="AAAA"))
    tool = ServerToolChunk(id="i", kind="image_generation", status="completed", output=[picture])
    response = CompletionResponse(parts=(tool, picture))
    assert "AAAA" not in output_json(response, "stop")
