"""Streams of chat completions, read by openai's SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
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
def test_text_and_usage_arrive_from_every_upstream(heard: Hear, chat: Hear, model: str) -> None:
    stream = heard(model)
    told = chat(stream)
    choice = told.choices[0]
    assert choice.message.content == stream.response.content
    assert (choice.message.role, choice.finish_reason) == ("assistant", "stop")
    assert told.model == "fast"
    usage = stream.response.usage
    assert told.usage.prompt_tokens == usage.prompt_tokens
    assert told.usage.completion_tokens == usage.completion_tokens
    assert told.usage.total_tokens == usage.total_tokens


@pytest.mark.parametrize("model", THINKERS)
def test_calls_and_thoughts_arrive_from_every_upstream(heard: Hear, chat: Hear, model: str) -> None:
    stream = heard(model, "Add 2 and 3", tools="add")
    told = chat(stream).choices[0]
    assert told.finish_reason == "tool_calls"
    assert [
        (c.id, c.type, c.function.name, msgspec.json.decode(c.function.arguments))
        for c in told.message.tool_calls
    ] == [(c.id, "function", c.name, c.parsed()) for c in stream.response.tool_calls]
    assert told.message.reasoning_content == stream.response.reasoning
