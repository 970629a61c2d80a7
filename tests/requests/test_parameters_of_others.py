"""Parameters that everybody may give go where the provider has a place for them, or are told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from .served import PROVIDERS, ask

NOWHERE = ["bedrock", "cohere", "google", "mistral", "ollama"]


def test_the_user_is_in_the_metadata_of_anthropic() -> None:
    assert ask(PROVIDERS["anthropic"], user="u1").body["metadata"] == {"user_id": "u1"}
    own = ask(PROVIDERS["anthropic"], user="u1", metadata={"user_id": "u2"})
    assert own.body["metadata"] == {"user_id": "u2"}


@pytest.mark.parametrize("provider", NOWHERE)
def test_the_user_is_told_where_there_is_no_place_for_it(provider: str) -> None:
    sent = ask(PROVIDERS[provider], user="u1")
    assert "u1" not in msgspec.json.encode(sent.body).decode()
    assert any("user: " in told for told in sent.told)


@pytest.mark.parametrize("provider", ["anthropic", "bedrock"])
@pytest.mark.parametrize("wanted", [True, 3])
def test_log_probabilities_are_told_where_there_are_none(provider: str, wanted: Any) -> None:
    sent = ask(PROVIDERS[provider], logprobs=wanted)
    assert "logprobs" not in sent.body
    assert any("logprobs: " in told for told in sent.told)


@pytest.mark.parametrize(
    ("provider", "params"),
    [
        ("mistral", {"store": True, "verbosity": "low", "logit_bias": {"1": 2}}),
        ("mistral", {"max_completion_tokens": 5, "stream_options": {}}),
        ("groq", {"frequency_penalty": 1, "metadata": {"a": "b"}, "store": True}),
        ("groq", {"prediction": {"type": "content", "content": "x"}}),
    ],
)
def test_what_a_service_of_chat_completions_lacks_is_told(
    provider: str, params: dict[str, Any]
) -> None:
    sent = ask(PROVIDERS[provider], **params)
    assert not sent.body.keys() & params.keys()
    for name in params:
        assert any(f"{name}: " in told for told in sent.told)
    kept = ask(PROVIDERS["chat"], **params)
    assert params.items() <= kept.body.items()


@pytest.mark.parametrize(
    ("model", "wanted", "level"),
    [
        ("groq:openai/gpt-oss-120b", "minimal", "low"),
        ("groq:openai/gpt-oss-120b", "xhigh", "high"),
        ("groq:openai/gpt-oss-120b", "none", "low"),
        ("groq:qwen/qwen3-32b", "high", "default"),
        ("groq:qwen/qwen3-32b", "none", "none"),
        ("cerebras:gpt-oss-120b", "minimal", "low"),
        ("cerebras:gpt-oss-120b", "high", "high"),
        ("cerebras:zai-glm-5.3", "medium", "high"),
        ("cerebras:zai-glm-4.7", "none", "none"),
        ("compatible:some-model", "minimal", "minimal"),
    ],
)
def test_a_level_of_reasoning_that_a_model_lacks_is_the_nearest(
    model: str, wanted: Any, level: str
) -> None:
    sent = ask(model, reasoning_effort=wanted)
    assert sent.body["reasoning_effort"] == level
    assert any("reasoning_effort" in told for told in sent.told) == (wanted != level)
