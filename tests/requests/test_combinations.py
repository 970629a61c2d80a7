"""What a model refuses together is changed so that it is taken, and told; the rest is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from .served import ask


class Day(msgspec.Struct):
    day: str


def now() -> str:
    """The time."""
    return "12"


DAY = '{"day": "x"}'
CLAUDE = "anthropic:claude-sonnet-4-5"
ROUTED = "openrouter:anthropic/claude-sonnet-4.5"
OVER_BEDROCK = "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
BUDGET = {"thinking": {"type": "enabled", "budget_tokens": 2048}}

LEFT_OUT: list[tuple[str, dict[str, Any], str]] = [
    (CLAUDE, {"temperature": 0.5, "top_p": 0.9}, "top_p"),
    (CLAUDE, {"temperature": 0.5, "reasoning_effort": "high"}, "temperature"),
    (CLAUDE, {"top_k": 5, "thinking": {"type": "enabled", "budget_tokens": 1024}}, "top_k"),
    (CLAUDE, {"tools": [now], "tool_choice": "required", **BUDGET}, "tool_choice"),
    (CLAUDE, {"presence_penalty": 1}, "presence_penalty"),
    (CLAUDE, {"max_tokens": 1024, **BUDGET}, "thinking"),
    ("anthropic:claude-fable-5-1", {"thinking": {"type": "disabled"}}, "thinking"),
    (OVER_BEDROCK, {"presence_penalty": 1}, "presence_penalty"),
    (ROUTED, {"temperature": 0.5, "top_p": 0.9}, "top_p"),
    (ROUTED, {"temperature": 0.5, "reasoning_effort": "high"}, "temperature"),
    (
        ROUTED,
        {"tools": [now], "tool_choice": "required", "reasoning": {"max_tokens": 2048}},
        "tool_choice",
    ),
    ("openrouter:openai/o3", {"temperature": 0.5}, "temperature"),
    ("openrouter:openai/gpt-4o", {"reasoning_effort": "high"}, "reasoning_effort"),
    (
        "openrouter:google/gemini-2.5-flash",
        {"tools": [now], "response_format": Day},
        "response_format",
    ),
    ("openai:o3", {"presence_penalty": 1, "api": "chat_completions"}, "presence_penalty"),
    ("openai:o3", {"logit_bias": {"1": 1}, "api": "chat_completions"}, "logit_bias"),
    ("openai:gpt-4o", {"presence_penalty": 1}, "presence_penalty"),
    ("openai:gpt-4o", {"reasoning": {"effort": "high"}}, "reasoning"),
    ("grok:grok-4.6", {"presence_penalty": 1}, "presence_penalty"),
    (
        "grok:grok-3",
        {"search_parameters": {"mode": "on"}, "api": "chat_completions"},
        "search_parameters",
    ),
    ("groq:llama-3.3-70b-versatile", {"logit_bias": {"1": 1}}, "logit_bias"),
    (
        "groq:openai/gpt-oss-120b",
        {"include_reasoning": True, "reasoning_format": "parsed"},
        "include_reasoning",
    ),
    ("mistral:mistral-large-latest", {"temperature": 0, "top_p": 0.9}, "top_p"),
    ("deepseek:deepseek-reasoner", {"tools": [now], "tool_choice": "required"}, "tool_choice"),
    ("deepseek:deepseek-reasoner", {"logprobs": True}, "logprobs"),
    ("cohere:command-a-03-2025", {"tools": [now], "response_format": Day}, "response_format"),
    ("google:gemini-2.5-flash", {"logit_bias": {"1": 1}}, "logit_bias"),
]

CHANGED: list[tuple[str, dict[str, Any], str, Any]] = [
    (CLAUDE, {"max_tokens": 2000, **BUDGET}, "thinking.budget_tokens", 1999),
    (CLAUDE, {"thinking": {"type": "enabled", "budget_tokens": 9}}, "thinking.budget_tokens", 1024),
    ("anthropic:claude-opus-4-8", BUDGET, "thinking.type", "adaptive"),
    ("openai:gpt-4o", {"max_tokens": 5}, "max_output_tokens", 16),
    ("openai:gpt-4o", {"temperature": 3}, "temperature", 2),
    ("openai:gpt-4o", {"stop": list("abcdef"), "api": "chat_completions"}, "stop", list("abcd")),
    ("openai:gpt-5", {"reasoning_effort": "none"}, "reasoning.effort", "minimal"),
    (
        "openai:o3",
        {"reasoning_effort": "max", "api": "chat_completions"},
        "reasoning_effort",
        "high",
    ),
    ("grok:grok-3-mini", {"reasoning_effort": "medium"}, "reasoning.effort", "high"),
    ("groq:openai/gpt-oss-20b", {"reasoning_effort": "none"}, "reasoning_effort", "low"),
    ("groq:qwen/qwen3-32b", {"reasoning_effort": "high"}, "reasoning_effort", "default"),
    (
        "groq:openai/gpt-oss-20b",
        {"tools": [now], "reasoning_format": "raw"},
        "reasoning_format",
        "parsed",
    ),
    ("cerebras:gpt-oss-120b", {"reasoning_effort": "none"}, "reasoning_effort", "low"),
    ("cerebras:zai-glm-5.3", {"reasoning_effort": "medium"}, "reasoning_effort", "high"),
    ("google:gemini-2.5-flash", {"temperature": 3}, "generationConfig.temperature", 2),
    ("cohere:command-a-03-2025", {"top_p": 1.0}, "p", 0.99),
]

TAKEN: list[tuple[str, dict[str, Any]]] = [
    (CLAUDE, {"temperature": 0.5}),
    (CLAUDE, {"temperature": 1.0, "reasoning_effort": "high"}),
    (CLAUDE, {"tools": [now], "tool_choice": "required"}),
    ("anthropic:claude-sonnet-4", {"temperature": 0.5, "top_p": 0.9}),
    (OVER_BEDROCK, {"temperature": 0.5, "stop": "x"}),
    ("openrouter:mistralai/mistral-large", {"temperature": 0.5, "top_p": 0.9}),
    ("openrouter:anthropic/claude-sonnet-4.5", {"temperature": 0.5, "tools": [now]}),
    ("openai:gpt-5.4", {"temperature": 0.5, "reasoning_effort": "none"}),
    ("openai:some-model-of-tomorrow", {"temperature": 0.5, "reasoning_effort": "odd"}),
    ("grok:grok-3", {"frequency_penalty": 0.5, "temperature": 0.1}),
    ("groq:openai/gpt-oss-20b", {"reasoning_effort": "high", "temperature": 2.0}),
    ("mistral:mistral-large-latest", {"temperature": 0.5, "top_p": 0.9}),
    ("deepseek:deepseek-chat", {"tools": [now], "tool_choice": "required", "temperature": 0.1}),
    ("google:gemini-3.1-pro", {"tools": [now], "response_format": Day}),
    ("cohere:command-a-03-2025", {"response_format": Day, "temperature": 0.5}),
]


@pytest.mark.parametrize(("model", "params", "name"), LEFT_OUT)
def test_what_is_not_taken_beside_the_rest_is_left_out_and_told(
    model: str, params: dict[str, Any], name: str
) -> None:
    sent = ask(model, text=DAY, **params)
    assert name not in sent.body
    assert [told for told in sent.told if name in told or "the format is not sent" in told]


@pytest.mark.parametrize(("model", "params", "place", "value"), CHANGED)
def test_what_is_not_taken_as_it_is_is_changed_and_told(
    model: str, params: dict[str, Any], place: str, value: Any
) -> None:
    sent = ask(model, **params)
    found = sent.body
    for key in place.split("."):
        found = found[key]
    assert found == value
    assert len(sent.told) == 1


@pytest.mark.parametrize(("model", "params"), TAKEN)
def test_what_is_taken_or_not_known_is_sent_without_a_word(
    model: str, params: dict[str, Any]
) -> None:
    assert ask(model, text=DAY, **params).told == []


def test_what_has_no_effect_is_sent_and_told() -> None:
    sent = ask("deepseek:deepseek-reasoner", temperature=0.5)
    assert sent.body["temperature"] == 0.5
    assert [told for told in sent.told if "temperature" in told]


def test_the_name_of_the_user_reaches_claude_in_its_own_form() -> None:
    sent = ask(CLAUDE, user="u-1")
    assert sent.body["metadata"] == {"user_id": "u-1"}
    assert sent.told == []


def test_top_k_reaches_the_models_of_bedrock() -> None:
    sent = ask("bedrock:amazon.nova-pro-v1:0", top_k=5)
    assert sent.body["additionalModelRequestFields"] == {"top_k": 5}
    assert sent.told == []


def test_what_is_laid_over_the_body_is_never_changed() -> None:
    sent = ask(CLAUDE, temperature=0.5, extra_body={"top_p": 0.9, "temperature": 7})
    assert (sent.body["temperature"], sent.body["top_p"]) == (7, 0.9)
