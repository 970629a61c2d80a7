"""The metrics of v0.1.0 of the GenAI conventions, and those of 1.41.0 that it renamed."""

from __future__ import annotations

import pytest
from chimeric_testing import LoopbackServer
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics

from chimeric import Message

from .conftest import Seen, client, collect, wanted

NEW = {
    "gen_ai.request.previous_response.id",
    "gen_ai.request.reasoning.level",
    "gen_ai.token.modality",
    "gen_ai.usage.cache_write.input_tokens",
}
"""Attributes that v0.1.0 has, and the package of 1.41.0 to 1.44.0 has not."""

INFERENCE = "gen_ai.client.inference"
SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
AGENT = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 102.4, 204.8, 409.6)
TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864)

BOUNDS = {
    f"{INFERENCE}.duration": SECONDS,
    f"{INFERENCE}.time_to_first_chunk": SECONDS,
    f"{INFERENCE}.time_per_output_chunk": SECONDS,
    f"{INFERENCE}.operation.input_tokens": TOKENS,
    f"{INFERENCE}.operation.output_tokens": TOKENS,
    "gen_ai.execute_tool.duration": SECONDS,
    "gen_ai.invoke_agent.duration": AGENT,
}
COUNTERS = {
    f"{INFERENCE}.usage.{name}"
    for name in (
        "input_tokens",
        "output_tokens",
        "cache_read.input_tokens",
        "reasoning.output_tokens",
    )
}
FORMER = {
    "gen_ai.client.operation.duration",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.client.operation.time_per_output_chunk",
    "gen_ai.client.token.usage",
}


def now() -> str:
    """Tell the time."""
    return "12:00"


def test_the_metrics_are_those_of_the_conventions(script: LoopbackServer, seen: Seen) -> None:
    collect("sync", client(script, seen.plugin()), "calls", wanted(("now", {})), tools=[now])
    found = seen.metrics()
    assert set(found) == set(BOUNDS) | COUNTERS | FORMER
    for name, bounds in BOUNDS.items():
        assert all(p.explicit_bounds == pytest.approx(bounds) for p in found[name]), name
    for name in FORMER:
        assert name in vars(gen_ai_metrics).values()
    attributes = {k for points in found.values() for p in points for k in p.attributes}
    known = {v for k, v in vars(gen_ai_attributes).items() if k.startswith("GEN_AI_")} | NEW
    assert {name for name in attributes if name.startswith("gen_ai.")} <= known


def test_the_former_names_go_where_the_newest_are_asked_for(
    script: LoopbackServer, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "http, gen_ai_latest_experimental")
    collect("sync", client(script, seen.plugin()), "m", "Hi")
    assert not set(seen.metrics()) & FORMER
    assert "gen_ai.usage.cache_creation.input_tokens" not in seen.span().attributes


def test_every_attribute_stands_in_the_conventions(script: LoopbackServer, seen: Seen) -> None:
    with client(script, seen.plugin(capture_content=True)) as chimeric:
        messages = [Message("system", "Be brief"), Message("user", "Hi")]
        chimeric.generate("compatible:m", messages, stream=True, reasoning_effort="low").collect()
    known = {v for k, v in vars(gen_ai_attributes).items() if k.startswith("GEN_AI_")} | NEW
    used = {name for name in seen.span().attributes if name.startswith("gen_ai.")}
    assert used <= known


def test_metrics_tell_durations_and_tokens(server: LoopbackServer, seen: Seen) -> None:
    with client(server, seen.plugin()) as chimeric:
        chimeric.generate("compatible:m", "Hi", stream=True).collect()
        chimeric.generate("compatible:m", "Hi")
    metrics = seen.metrics()
    (duration,) = metrics[f"{INFERENCE}.duration"]
    assert duration.count == 2
    assert duration.attributes["gen_ai.response.model"] == "m-2"
    (first,) = metrics[f"{INFERENCE}.time_to_first_chunk"]
    assert first.count == 1, "streams only"
    former = {p.attributes["gen_ai.token.type"]: p for p in metrics["gen_ai.client.token.usage"]}
    assert (former["input"].sum, former["output"].sum) == (18, 12)
    for direction, total in (("input", 18), ("output", 12)):
        (count,) = metrics[f"{INFERENCE}.usage.{direction}_tokens"]
        (spread,) = metrics[f"{INFERENCE}.operation.{direction}_tokens"]
        assert (count.value, spread.sum, spread.count) == (total, total, 2)
    (cached,) = metrics[f"{INFERENCE}.usage.cache_read.input_tokens"]
    assert cached.value == 8


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_each_chunk_after_the_first_is_measured(
    script: LoopbackServer, seen: Seen, mode: str
) -> None:
    collect(mode, client(script, seen.plugin()), "paced", "Hi")
    (gaps,) = seen.metrics()[f"{INFERENCE}.time_per_output_chunk"]
    assert gaps.count == 2
    assert 0.03 < gaps.min <= gaps.max < 20
    assert gaps.attributes["gen_ai.request.model"] == "paced"
    (first,) = seen.metrics()[f"{INFERENCE}.time_to_first_chunk"]
    (duration,) = seen.metrics()[f"{INFERENCE}.duration"]
    assert first.sum + gaps.sum < duration.sum
    span = seen.span()
    assert (span.end_time - span.start_time) / 1e9 == pytest.approx(duration.sum, abs=1e-4)


def test_whole_answers_have_no_chunks(server: LoopbackServer, seen: Seen) -> None:
    with client(server, seen.plugin()) as chimeric:
        chimeric.generate("compatible:m", "Hi")
    assert not {name for name in seen.metrics() if "chunk" in name}
    assert "gen_ai.response.time_to_first_chunk" not in seen.span().attributes
