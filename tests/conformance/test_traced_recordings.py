"""Recorded answers through telemetry, prices and a cache together: as they are without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chimeric_cache import Cache
from chimeric_cost import Costs
from chimeric_otel import Telemetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chimeric import Chimeric, ChimericError, CompletionResponse

from .corpus import CORPUS, check, picked
from .replay import Replay
from .test_corpus import CASES, arguments, summary

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")


def asked(client: Chimeric, case: Any) -> tuple[CompletionResponse | None, str | None]:
    ask = arguments(case)
    try:
        result: Any = client.generate(**ask)
        return (result.collect() if ask["stream"] else result), None
    except ChimericError as error:
        return error.partial, type(error).__name__


def shown(response: CompletionResponse) -> Any:
    """What a caller sees, but ids of calls: where the server has none, each is made anew."""
    told: Any = summary(response)
    calls = [(call["name"], call["arguments"]) for call in told["tool_calls"]]
    return told | {"tool_calls": calls}


def test_recordings_are_told_as_they_came(replay: Replay, tmp_path: Path) -> None:
    spans, tracers, costs = InMemorySpanExporter(), TracerProvider(), Costs()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    plugins = [Telemetry(tracer_provider=tracers), costs, Cache(tmp_path / "answers.db")]
    answered = 0
    with replay.client() as plain, replay.client(plugins=plugins) as client:
        for case in picked(CASES, 4):
            replay.case, replay.pieces = case, check.chunks(case, "random")
            alone, fault = asked(plain, case)
            spans.clear()
            response, same = asked(client, case)
            assert same == fault, case["name"]
            (span,) = spans.get_finished_spans()
            told: Any = span.attributes
            assert told.get("error.type") == fault, case["name"]
            if fault is not None or response is None or alone is None:
                continue
            if response.metadata["answer_cache"]["hit"]:
                continue  # an equal request has been answered before
            assert shown(response) == shown(alone), case["name"]
            assert told["gen_ai.response.finish_reasons"] == (response.finish_reason,)
            assert told.get("gen_ai.response.model") == response.model
            if case["provider"] != "cohere":  # whose spans tell what is billed
                assert told.get("gen_ai.usage.input_tokens") == response.usage.prompt_tokens
                assert told.get("gen_ai.usage.output_tokens") == response.usage.completion_tokens
            answered += 1
    assert answered > 60
    total = costs.total
    assert total.spent is not None
    assert total.turns >= answered
