"""Cache points in unified form: where a service has them, in its own; elsewhere it is told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import ConfigurationError, Message, TranslationError

from .served import PROVIDERS, ask

TALK = [
    Message("system", "Be brief."),
    Message("user", "A long text."),
    Message("assistant", "Yes."),
    Message("user", "And?"),
]
MARK = {"type": "ephemeral"}


def now() -> str:
    """Tell the time."""
    return "noon"


def marked(part: str, mark: Any, key: str = "cache_control") -> list[dict[str, Any]]:
    return [{"type": "text", "text": part, key: mark}]


def test_anthropic_gets_points_on_tools_the_system_prompt_and_messages() -> None:
    places = {"at": ["tools", "system", 1, "messages"], "ttl": "1h"}
    sent = ask("anthropic:claude-sonnet-4-5", TALK, tools=[now], prompt_cache=places)
    mark = {**MARK, "ttl": "1h"}
    assert sent.body["tools"][0]["cache_control"] == mark
    assert sent.body["system"] == marked("Be brief.", mark)
    assert sent.body["messages"][0]["content"] == marked("A long text.", mark)
    assert sent.body["messages"][-1]["content"] == marked("And?", mark)
    assert sent.told == []
    assert "prompt_cache" not in sent.body


def test_bedrock_gets_blocks_behind_what_is_cached() -> None:
    sent = ask(PROVIDERS["bedrock"], TALK, tools=[now], prompt_cache=["tools", "system", -1])
    point = {"cachePoint": {"type": "default"}}
    assert sent.body["system"][-1] == point
    assert sent.body["toolConfig"]["tools"][-1] == point
    assert sent.body["messages"][-1]["content"][-1] == point
    assert sent.told == []


def test_openrouter_gets_them_on_parts() -> None:
    sent = ask(PROVIDERS["openrouter"], TALK, prompt_cache=True)
    assert sent.body["messages"][-1]["content"] == marked("And?", MARK)
    assert sent.told == []


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_openai_gets_them_on_parts_from_gpt_5_6_on(api: str) -> None:
    sent = ask("openai:gpt-5.6-sol", TALK, api=api, prompt_cache="messages")
    text = msgspec.json.encode(sent.body).decode()
    assert text.count('"prompt_cache_breakpoint":{"mode":"explicit"}') == 1
    assert sent.told == []
    older = ask("openai:gpt-5.4", TALK, api=api, prompt_cache="messages")
    assert "prompt_cache" not in msgspec.json.encode(older.body).decode()
    assert any("prompt_cache" in told for told in older.told)


@pytest.mark.parametrize("provider", ["chat", "google", "cohere", "ollama", "mistral", "groq"])
def test_where_no_point_can_be_set_it_is_told(provider: str) -> None:
    sent = ask(PROVIDERS[provider], TALK, prompt_cache=["system"])
    assert "cache" not in msgspec.json.encode(sent.body).decode()
    assert sum("prompt_cache" in told for told in sent.told) == 1
    with pytest.raises(TranslationError, match="prompt_cache"):
        ask(PROVIDERS[provider], TALK, prompt_cache=["system"], strict=True)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_no_cache_points_are_none(provider: str) -> None:
    for nothing in (False, [], {"at": []}):
        sent = ask(PROVIDERS[provider], TALK, prompt_cache=nothing)
        assert "cache" not in msgspec.json.encode(sent.body).decode()
        assert sent.told == []


@pytest.mark.parametrize("given", ["sytem", {"points": []}, [1.5], 17, {"at": ["user"]}])
def test_what_is_no_place_is_an_error_that_says_what_is_one(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="prompt_cache"):
        ask("anthropic:claude-sonnet-4-5", TALK, prompt_cache=given)


def test_an_answer_that_goes_back_as_it_came_takes_no_point_but_the_message_before_does() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    said = [*TALK, {"role": "assistant", "content": [thought, {"type": "text", "text": "No."}]}]
    sent = ask("anthropic:claude-sonnet-4-5", said, prompt_cache=True)
    assert sent.body["messages"][2]["content"] == marked("And?", MARK)
