"""What is charged apart from plain tokens, and what a provider says that it has charged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_cost import Cost
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric


def cost_of(
    model: str, events: list[dict[str, Any]], *, done: bool = False, plugins: Any = None
) -> Any:
    """What the meter says of these events of a provider."""
    provider = model.split(":")[0]

    def answer(request: SeenRequest) -> Iterator[Any]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        for event in events:
            name = f"event: {event['type']}\n" if "type" in event else ""
            yield f"{name}data: {json.dumps(event)}\n\n".encode()
        if done:
            yield b"data: [DONE]\n\n"
        yield Close()

    with (
        LoopbackServer(answer) as server,
        Chimeric(
            api_keys={provider: "k-12345678"},
            base_urls={provider: server.url},
            max_retries=0,
            api="chat_completions",
            plugins=[Cost()] if plugins is None else plugins,
        ) as client,
    ):
        response = client.generate(model, "hi", stream=True).collect()
    return response.metadata.get("cost")


def claude(model: str = "claude-sonnet-4-5-20250929", **usage: Any) -> Any:
    message = {
        "id": "m", "type": "message", "role": "assistant", "model": model, "content": [],
        "usage": {"output_tokens": 1, **usage},
    }  # fmt: skip
    return cost_of(
        "anthropic:claude-sonnet-4-5",
        [
            {"type": "message_start", "message": message},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 100, **usage},
            },
            {"type": "message_stop"},
        ],
    )


def gemini(model: str, **usage: Any) -> Any:
    event = {
        "candidates": [
            {"content": {"parts": [{"text": "hi"}], "role": "model"}, "finishReason": "STOP"}
        ],
        "modelVersion": model,
        "usageMetadata": usage,
    }
    return cost_of(f"google:{model}", [event])


def chat(model: str, answered: str, *, plugins: Any = None, **usage: Any) -> Any:
    events = [
        {
            "id": "x", "model": answered,
            "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}],
        },
        {
            "id": "x", "model": answered, "choices": [],
            "usage": {
                "prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, **usage
            },
        },
    ]  # fmt: skip
    return cost_of(model, events, done=True, plugins=plugins)


@pytest.mark.parametrize(
    ("hour", "total"), [(100_000, 0.601518), (0, 0.376518), (40_000, 0.466518)]
)
def test_cache_writes_for_an_hour_have_their_own_price(hour, total):
    created = {
        "ephemeral_5m_input_tokens": 100_000 - hour, "ephemeral_1h_input_tokens": hour
    }  # fmt: skip
    cost = claude(input_tokens=6, cache_creation_input_tokens=100_000, cache_creation=created)
    assert cost["total"] == pytest.approx(total)


def test_web_searches_that_are_counted_are_charged():
    cost = claude(input_tokens=10, server_tool_use={"web_search_requests": 5})
    assert cost["total"] == pytest.approx(0.05153)
    assert cost["call"] == cost["total"]
    assert claude(input_tokens=10, server_tool_use={"web_search_requests": 0})[
        "total"
    ] == pytest.approx(0.00153)


def test_audio_has_its_own_price():
    audio = [{"modality": "AUDIO", "tokenCount": 990}, {"modality": "TEXT", "tokenCount": 10}]
    counts = {"promptTokenCount": 1000, "candidatesTokenCount": 10, "totalTokenCount": 1010}
    heard = gemini("gemini-2.5-flash", **counts, promptTokensDetails=audio)
    assert heard["total"] == pytest.approx(0.001018)
    read = gemini("gemini-2.5-flash", **counts)
    assert read["total"] == pytest.approx(0.000325)


def test_generated_images_have_their_own_price():
    made = [{"modality": "IMAGE", "tokenCount": 1290}]
    counts = {"promptTokenCount": 1000, "candidatesTokenCount": 1290, "totalTokenCount": 2290}
    cost = gemini("gemini-2.5-flash-image", **counts, candidatesTokensDetails=made)
    assert cost["total"] == pytest.approx(0.039)


def test_what_the_list_has_no_price_for_is_not_priced_as_plain_text():
    details = {"audio_tokens": 900}
    assert chat("openai:gpt-4o", "gpt-4o", prompt_tokens_details=details) is None
    assert chat("openai:gpt-4o", "gpt-4o", completion_tokens_details=details) is None
    none = {"audio_tokens": 0, "cached_tokens": 0}
    known = chat("openai:gpt-4o", "gpt-4o", prompt_tokens_details=none)
    assert known["total"] == pytest.approx(0.0035)


def cohere(**usage: Any) -> Any:
    return cost_of(
        "cohere:command-a-03-2025",
        [
            {
                "type": "message-start", "id": "1",
                "delta": {"message": {"role": "assistant", "content": []}},
            },
            {
                "type": "content-start", "index": 0,
                "delta": {"message": {"content": {"type": "text", "text": ""}}},
            },
            {
                "type": "content-delta", "index": 0,
                "delta": {"message": {"content": {"text": "hi"}}},
            },
            {"type": "content-end", "index": 0},
            {
                "type": "message-end", "id": "1",
                "delta": {"finish_reason": "COMPLETE", "usage": usage},
            },
        ],
    )  # fmt: skip


def test_cohere_s_billed_units_make_the_price():
    tokens = {"input_tokens": 1500, "output_tokens": 12}
    billed = cohere(billed_units={"input_tokens": 5, "output_tokens": 10}, tokens=tokens)
    assert billed["total"] == pytest.approx(0.0001125)
    assert cohere(tokens=tokens)["total"] == pytest.approx(0.00387)
    alone = cohere(billed_units={"input_tokens": 5, "output_tokens": 10})
    assert alone["total"] == pytest.approx(0.0001125)


@pytest.mark.parametrize("model", ["openai/gpt-4o", "openrouter/auto", "somebody/unheard-of"])
def test_what_the_provider_says_that_it_charged_is_the_price(model):
    cost = chat(f"openrouter:{model}", model, cost=0.0123)
    assert cost == {"currency": "USD", "total": 0.0123, "call": 0.0123}


def test_what_a_gateway_says_in_its_usage_is_the_price():
    cost = chat("compatible:some-model", "some-model", cost=0.0123)
    assert cost == {"currency": "USD", "total": 0.0123, "call": 0.0123}


def test_xai_s_ticks_are_the_price():
    cost = chat("grok:grok-3", "grok-3", cost_in_usd_ticks=37_756_000, num_sources_used=3)
    assert cost["total"] == pytest.approx(0.0037756)
    assert chat("grok:grok-3", "grok-3", cost_in_usd_ticks=0)["total"] == 0


def test_sources_of_a_search_that_nobody_lists_a_price_for_leave_the_price_open():
    assert chat("grok:grok-3", "grok-3", num_sources_used=3) is None
    assert chat("grok:grok-3", "grok-3", num_sources_used=0)["total"] == pytest.approx(0.0045)


def test_a_free_answer_costs_nothing():
    assert chat("openrouter:openai/gpt-4o", "openai/gpt-4o", cost=0)["total"] == 0


def test_with_a_key_of_one_s_own_the_fee_and_the_rest_are_the_price():
    own = {"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}
    assert chat("openrouter:openai/gpt-4o", "openai/gpt-4o", **own)["total"] == pytest.approx(0.021)


@pytest.mark.parametrize("wrong", ["free", -1, True, None, [1], float("1e300")])
def test_a_cost_that_is_none_is_not_believed(wrong):
    cost = chat("openrouter:openai/gpt-4o", "openai/gpt-4o", cost=wrong)
    assert cost["total"] == pytest.approx(0.0035)


def test_two_meters_agree():
    plugins = [Cost(), Cost()]
    cost = chat("openrouter:openai/gpt-4o", "openai/gpt-4o", cost=0.0123, plugins=plugins)
    assert cost == {"currency": "USD", "total": 0.0123, "call": 0.0123}
