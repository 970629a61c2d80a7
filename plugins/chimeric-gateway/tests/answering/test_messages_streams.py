"""Streams of Messages, read by anthropic's SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UPSTREAMS = (
    "compatible:story",
    "openai:story",
    "anthropic:story",
    "google:story",
    "cohere:story",
    "mistral:mistral-story",
    "ollama:story",
)
THINKERS = ("compatible:think", "anthropic:think", "google:think", "cohere:think", "ollama:think")

Hear = Callable[..., Any]


@pytest.mark.parametrize("model", UPSTREAMS)
def test_text_and_usage_arrive_from_every_upstream(heard: Hear, messages: Hear, model: str) -> None:
    stream = heard(model)
    told = messages(stream)
    assert [block.type for block in told.content] == ["text"]
    assert told.content[0].text == stream.response.content
    assert (told.role, told.stop_reason, told.model) == ("assistant", "end_turn", "fast")
    usage = stream.response.usage
    assert told.usage.input_tokens == usage.prompt_tokens - (usage.cached_tokens or 0)
    assert told.usage.output_tokens == usage.completion_tokens


@pytest.mark.parametrize("model", THINKERS)
def test_calls_and_thoughts_arrive_from_every_upstream(
    heard: Hear, messages: Hear, model: str
) -> None:
    stream = heard(model, "Add 2 and 3", tools="add")
    told = messages(stream)
    assert told.stop_reason == "tool_use"
    calls = [block for block in told.content if block.type == "tool_use"]
    assert [(c.id, c.name, c.input) for c in calls] == [
        (c.id, c.name, c.parsed()) for c in stream.response.tool_calls
    ]
    thoughts = [block for block in told.content if block.type == "thinking"]
    assert "".join(block.thinking for block in thoughts) == stream.response.reasoning
    assert all(block.signature for block in thoughts)
