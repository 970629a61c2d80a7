"""Telemetry among what else a program has: other providers, samplers, calls inside tools."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from chimeric_testing import LoopbackServer
from opentelemetry import baggage, context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode

from chimeric import Chimeric

from .conftest import MODES, Seen, client, collect, wanted


@pytest.mark.parametrize("mode", MODES)
def test_a_call_inside_a_tool_is_in_the_tool_s_span(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    told: list[Any] = []

    def plain() -> str:
        """Ask once more."""
        told.append(baggage.get_baggage("tenant"))
        with client(script, seen.plugin()) as inner:
            return inner.generate("compatible:m", "Hi", stream=True).collect().content

    async def coroutine() -> str:
        """Ask once more."""
        told.append(baggage.get_baggage("tenant"))
        async with client(script, seen.plugin()) as inner:
            stream: Any = await inner.agenerate("compatible:m", "Hi", stream=True)
            return (await stream.collect()).content

    prompt = wanted(("plain", {}), ("coroutine", {}))
    token = context.attach(baggage.set_baggage("tenant", "acme"))
    try:
        collect(mode, client(script, seen.plugin()), "calls", prompt, tools=[plain, coroutine])
    finally:
        context.detach(token)
    tools = {
        s.context.span_id
        for name in ("plain", "coroutine")
        for s in seen.all(f"execute_tool {name}")
    }
    inner = seen.all("chat m")
    assert len(inner) == len(tools) == 2
    assert {span.parent.span_id for span in inner} == tools
    assert len({span.context.trace_id for span in seen.exporter.get_finished_spans()}) == 1
    assert told == ["acme", "acme"]


def test_a_call_that_is_not_sampled_goes_its_way_and_is_measured(script: LoopbackServer) -> None:
    seen = Seen()
    seen.tracers = TracerProvider(sampler=ALWAYS_OFF)

    def now() -> str:
        """Tell the time."""
        return "12:00"

    response = collect(
        "sync",
        client(script, seen.plugin(capture_content=True)),
        "calls",
        wanted(("now", {})),
        tools=[now],
    )
    assert response.content == "Once upon a time"
    assert seen.exporter.get_finished_spans() == ()
    (duration,) = seen.metrics()["gen_ai.client.inference.duration"]
    assert duration.count == 2


def test_it_may_be_for_one_call_alone(script: LoopbackServer, seen: Seen) -> None:
    with client(script) as chimeric:
        chimeric.generate("compatible:m", "Hi", stream=True, use=[seen.plugin()]).collect()
        chimeric.generate("compatible:m", "Hi", stream=True).collect()
    assert seen.span().status.status_code is StatusCode.UNSET


def test_two_of_them_tell_a_call_once(script: LoopbackServer, seen: Seen) -> None:
    collect("sync", client(script, seen.plugin(), seen.plugin()), "flaky", "Hi", max_retries=1)
    assert len(seen.span().events) == 1


def test_clients_with_one_of_their_own_are_not_told_of_to_the_global_provider(
    script: LoopbackServer,
) -> None:
    program = f"""
import json
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
def provider():
    exporter, made = InMemorySpanExporter(), TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, made
everywhere, made = provider()
trace.set_tracer_provider(made)
own, mine = provider()
from chimeric import Chimeric
from chimeric_otel import Telemetry
def now() -> str:
    "Tell the time."
    return "12"
ask = dict(model="compatible:calls", messages={wanted(("now", {}))!r}, stream=True, tools=[now])
with Chimeric(base_url={script.url!r}, plugins=[Telemetry(tracer_provider=mine)]) as client:
    client.generate(**ask).collect()
with Chimeric(base_url={script.url!r}, max_retries=1) as client:
    client.generate("compatible:flaky", "Hi", stream=True).collect()
    client.generate(**ask).collect()
found = everywhere.get_finished_spans()
print(json.dumps([sorted(s.name for s in own.get_finished_spans()), sorted(s.name for s in found),
                  [e.name for s in found for e in s.events]]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    own, everywhere, events = json.loads(done.stdout)
    loop = ["chat calls", "chat calls", "execute_tool now", "invoke_agent"]
    assert own == loop
    assert everywhere == [*loop[:2], "chat flaky", *loop[2:]]
    assert events == ["chimeric.attempt.failed"]


def test_calls_that_fail_together_have_each_their_own_error(
    script: LoopbackServer, seen: Seen
) -> None:
    async def main() -> list[Any]:
        async with Chimeric(
            base_url=script.url, plugins=[seen.plugin()], max_retries=0
        ) as chimeric:
            asked = (
                chimeric.agenerate(f"compatible:{model}", "Hi")
                for model in ("down", "down", "down")
            )
            return await asyncio.gather(*asked, return_exceptions=True)

    errors = asyncio.run(main())
    spans = seen.exporter.get_finished_spans()
    assert len(spans) == len(errors) == 3
    assert {span.attributes["error.type"] for span in spans if span.attributes} == {"ServerError"}
