"""What a tenant spends and saves behind the tool loop, and what the spans are called."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import trio
from chimeric_cache import Cache
from chimeric_cost import Costs
from chimeric_fallback import Fallback
from chimeric_limit import Limit
from chimeric_otel import Telemetry
from chimeric_record import Record
from chimeric_redact import Redact
from chimeric_sim import Simulator
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chimeric import Chimeric, CompletionResponse


def weather(city: str) -> str:
    """Tell the weather of a city, and whom to write to."""
    return f"sunny in {city}; ask bob@example.com"


ASK: dict[str, Any] = {
    "model": "openai:gpt-4o",
    "messages": "What is the weather in Oslo?",
    "stream": True,
    "tools": [weather],
    "user_context": {"tenant": "acme"},
}


def ask(mode: str, client: Chimeric) -> CompletionResponse:
    """The response of one call; the client is closed."""
    if mode == "sync":
        with client:
            response: CompletionResponse = client.generate(**ASK).collect()
            return response

    async def main() -> CompletionResponse:
        async with client:
            stream: Any = await client.agenerate(**ASK)
            whole: CompletionResponse = await stream.collect()
            return whole

    return trio.run(main) if mode == "trio" else asyncio.run(main())


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_turns_out_of_the_cache_are_summed_as_saved_by_their_tenant(
    sim: Simulator, tmp_path: Path, mode: str
) -> None:
    spans, tracers = InMemorySpanExporter(), TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    costs = Costs(tags=["tenant"])
    plugins = [
        Cache(tmp_path / "answers.db", scope="tenant"),
        Fallback({"*": ["openai:gpt-4o-mini"]}),
        Limit(requests=50, tokens=100_000, concurrent=2, per=["tenant"]),
        Redact(),
        costs,
        Telemetry(tracer_provider=tracers),
    ]

    def client(*more: Any) -> Chimeric:
        return Chimeric(
            openai_base_url=sim.base_url("openai"),
            openai_api_key="sk-test-0123456789",
            api="chat_completions",
            plugins=[*plugins, *more],
        )

    first = ask(mode, client(Record(tmp_path / "takes", mode="record")))
    turns = len(first.metadata["turns"])
    assert turns >= 2
    spent = costs.by("tenant")["acme"]
    assert (spent.turns, spent.hits, spent.unknown) == (turns, 0, 0)
    assert spent.spent == pytest.approx(first.metadata["cost"]["call"])
    told = [span.name for span in spans.get_finished_spans()]
    assert sorted(told) == ["chat gpt-4o"] * turns + ["execute_tool weather", "invoke_agent"]

    asked = len(sim.requests)
    second = ask(mode, client(Record(tmp_path / "takes", mode="refuse")))
    assert second.content == first.content
    assert len(sim.requests) == asked  # the cache has answered each turn
    spent = costs.by("tenant")["acme"]
    assert (spent.turns, spent.hits) == (2 * turns, turns)
    assert spent.spent == pytest.approx(first.metadata["cost"]["call"])
    assert spent.saved == pytest.approx(spent.spent)
