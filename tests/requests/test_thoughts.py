"""What a model thought: its own need not come back, another's is sent or told."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import CompletionResponse, Message, ProviderState, TranslationError

from .served import answer_of, ask

THOUGHT = "I ought to greet them."
HELLO = {"role": "assistant", "content": "Hello", "reasoning_content": THOUGHT}

CHAT: dict[str, dict[str, Any]] = {
    "openai:gpt-5.4": {"api": "chat_completions"},
    "grok:grok-4.6": {"api": "chat_completions"},
    "groq:llama-3.3-70b-versatile": {},
    "mistral:mistral-large-latest": {},
    "compatible:some-model": {},
    "groq:openai/gpt-oss-120b": {},
}
"""Services without a field for reasoning, but the last."""


def call(name: str) -> dict[str, Any]:
    return {"id": "abcdefghi", "type": "function", "function": {"name": name, "arguments": "{}"}}


def thought_at(model: str, **params: Any) -> CompletionResponse:
    """An answer with thoughts."""
    reply = answer_of("chat", "Hello")
    reply["choices"][0]["message"] = HELLO
    return ask(model, "Hi", replies=[reply], **params).result


@pytest.mark.parametrize("model", CHAT)
def test_a_tool_loop_of_a_model_that_thinks_tells_nothing_of_its_own_thoughts(model: str) -> None:
    def now() -> str:
        """Tell the time."""
        return "noon"

    reply = answer_of("chat", "")
    said = {**HELLO, "content": None, "tool_calls": [call("now")]}
    reply["choices"][0] = {"index": 0, "message": said, "finish_reason": "tool_calls"}
    sent = ask(model, "Hi", replies=[reply], strict=True, tools=[now], **CHAT[model])
    assert sent.result.content == "ok"
    assert sent.told == []
    assert sent.body["messages"][-1]["content"] == "noon"
    again = [*sent.result.messages, Message("user", "And now?")]
    assert ask(model, again, strict=True, **CHAT[model]).told == []


@pytest.mark.parametrize("model", [name for name in CHAT if "gpt-oss" not in name])
def test_what_another_service_of_the_protocol_thought_is_told_where_no_field_is_for_it(
    model: str,
) -> None:
    answered = thought_at("deepseek:deepseek-chat").messages
    assert answered[-1].reasoning == THOUGHT
    sent = ask(model, [*answered, Message("user", "And?")], **CHAT[model])
    assert any("reasoning" in told for told in sent.told)
    with pytest.raises(TranslationError, match="reasoning"):
        ask(model, [*answered, Message("user", "And?")], strict=True, **CHAT[model])


def test_so_is_what_another_model_of_the_same_service_thought() -> None:
    answered = thought_at("groq:openai/gpt-oss-120b").messages
    sent = ask("groq:llama-3.3-70b-versatile", [*answered, Message("user", "And?")])
    assert any("reasoning" in told for told in sent.told)


def test_where_a_field_is_for_it_it_is_sent_whoever_thought_it() -> None:
    answered = thought_at("compatible:some-model").messages
    for model in ("groq:openai/gpt-oss-120b", "deepseek:deepseek-chat", "ollama:qwen3"):
        sent = ask(model, [*answered, Message("user", "And?")])
        assert THOUGHT in msgspec.json.encode(sent.body).decode(), model
        assert sent.told == [], model


@pytest.mark.parametrize("items", [[{}], [], [{"thought_by": None}]])
def test_a_conversation_that_was_stored_without_the_note_is_read_and_told_of(
    items: list[Any],
) -> None:
    state = ProviderState("chat_completions", items)
    stored = Message("assistant", "Hello", reasoning=THOUGHT, state=state)
    kept = msgspec.json.decode(msgspec.json.encode([stored]), type=list[Message])
    sent = ask("compatible:some-model", [Message("user", "Hi"), *kept, Message("user", "And?")])
    assert [message["content"] for message in sent.body["messages"]] == ["Hi", "Hello", "And?"]
    assert any("reasoning" in told for told in sent.told)


def unsigned(provider: str) -> dict[str, Any]:
    reply = answer_of(provider, "Hello")
    if provider == "anthropic":
        reply["content"].insert(0, {"type": "thinking", "thinking": THOUGHT, "signature": ""})
    elif provider == "bedrock":
        block = {"reasoningContent": {"reasoningText": {"text": THOUGHT}}}
        reply["output"]["message"]["content"].insert(0, block)
    elif provider == "google":
        reply["candidates"][0]["content"]["parts"].insert(0, {"text": THOUGHT, "thought": True})
    elif provider == "cohere":
        reply["message"]["content"].insert(0, {"type": "thinking", "thinking": THOUGHT})
    else:
        reply["message"]["thinking"] = THOUGHT
    return reply


OWN = {
    "anthropic:claude-sonnet-4-5": "anthropic:claude-opus-4-1",
    "bedrock:qwen.qwen3-32b-v1:0": "bedrock:amazon.nova-micro-v1:0",
    "google:gemini-2.5-flash": "google:gemini-2.5-pro",
    "cohere:command-a-reasoning-08-2025": "cohere:command-a-03-2025",
    "ollama:qwen3": "ollama:llama3.2",
}


@pytest.mark.parametrize(("model", "other"), OWN.items())
def test_thoughts_that_nobody_signed_are_told_at_other_models_alone(model: str, other: str) -> None:
    first = ask(model, "Hi", replies=[unsigned(model.partition(":")[0])]).result
    assert first.messages[-1].reasoning == THOUGHT
    again = [*first.messages, Message("user", "And?")]
    assert ask(model, again, strict=True).told == []
    sent = ask(other, again)
    text = msgspec.json.encode(sent.body).decode()
    assert THOUGHT in text or any("reasoning" in told for told in sent.told)
    assert "thought_by" not in text


def test_what_tools_of_another_service_did_is_told_at_responses() -> None:
    ran = [
        {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
        {"text": "It is 1."},
    ]
    state = ProviderState("google.generate_content", ran)
    sent = ask("openai:gpt-5.4", [Message("assistant", "It is 1.", state=state), "And?"])
    assert any("google.generate_content" in told for told in sent.told)
