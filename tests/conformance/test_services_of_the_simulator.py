"""Our providers at the simulated service that each of them is for: what it says and refuses."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_sim import Simulator

from chimeric import (
    AuthenticationError,
    Chimeric,
    ChimericError,
    CompletionResponse,
    Message,
    ProviderError,
    RateLimitError,
    ServerError,
    Tool,
)

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool(name="weather", description="Tells the weather.", parameters=SCHEMA)
ASK = "Weather in Rome"

SERVICES: dict[str, tuple[str, dict[str, Any]]] = {
    "azure": ("azure:gpt-4o", {}),
    "azure, dated": ("azure:gpt-4o", {"api_version": "2024-10-21"}),
    "azure, responses": ("azure:gpt-4o", {"api": "responses"}),
    "azure, claude": ("azure:claude-sonnet-4-5", {}),
    "cerebras": ("cerebras:gpt-oss-120b", {}),
    "dashscope": ("dashscope:qwen-plus", {}),
    "deepseek": ("deepseek:deepseek-v4-pro", {}),
    "fireworks": ("fireworks:accounts/fireworks/models/glm-5p3", {}),
    "grok, chat": ("grok:grok-4.3", {"api": "chat_completions"}),
    "grok": ("grok:grok-4.3", {}),
    "huggingface": ("huggingface:deepseek-ai/DeepSeek-V4-Pro:together", {}),
    "moonshot": ("moonshot:kimi-k3", {}),
    "nvidia": ("nvidia:z-ai/glm-5.1", {}),
    "openrouter": ("openrouter:openai/gpt-4o", {}),
    "openrouter, claude": ("openrouter:anthropic/claude-sonnet-4.6", {}),
    "perplexity": ("perplexity:sonar-pro", {}),
    "together": ("together:openai/gpt-oss-120b", {}),
    "vertex": ("vertex:gemini-2.5-flash", {}),
    "vertex, chat": ("vertex:meta/llama-4-maas", {}),
    "vertex, claude": ("vertex:claude-opus-4-6", {}),
    "zai": ("zai:glm-5.3", {}),
}
THINK = ("dashscope", "deepseek", "fireworks", "moonshot", "nvidia", "together", "zai")
TOOLLESS = ("perplexity",)


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    with Simulator() as sim:
        yield sim


def client_of(sim: Simulator, name: str, key: str = "key-of-a-test") -> Chimeric:
    provider = SERVICES[name][0].partition(":")[0]
    said: dict[str, Any] = {"base_urls": {provider: sim.base_url(provider)}, "max_retries": 0}
    if provider == "vertex":
        return Chimeric(**said, vertex_project="p", vertex_auth_token=key)
    return Chimeric(**said, api_keys={provider: key})


def asked(client: Chimeric, name: str, messages: Any, **params: Any) -> CompletionResponse:
    """An answer, streamed or not; whatever is told of the request is no matter here."""
    model, options = SERVICES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer = client.generate(model, messages, **options, **params)
        return answer if isinstance(answer, CompletionResponse) else answer.collect()


def settings(name: str, **sim: Any) -> dict[str, Any]:
    return {"extra_body": {"sim": sim}}


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("name", SERVICES)
def test_a_provider_reads_what_its_service_says(sim: Simulator, name: str, stream: bool) -> None:
    with client_of(sim, name) as client:
        said = asked(client, name, "A story in 20 words", stream=stream)
        assert said.content
        assert said.finish_reason == "stop"
        assert said.usage.prompt_tokens
        assert said.usage.total_tokens == said.usage.prompt_tokens + said.usage.completion_tokens
        if name in THINK:
            thought = asked(client, name, "A story", stream=stream, reasoning_effort="high")
            assert thought.reasoning
        if name not in TOOLLESS:
            check_a_conversation(client, name, stream=stream)


def check_a_conversation(client: Chimeric, name: str, *, stream: bool) -> None:
    """Calls, their results, and what is answered."""
    called = asked(client, name, ASK, stream=stream, tools=[WEATHER], auto_tool=False)
    assert [call.name for call in called.tool_calls] == ["weather"]
    assert called.tool_calls[0].arguments.replace(" ", "") == '{"city":"Rome"}'
    assert called.finish_reason == "tool_calls"
    told = [
        Message("tool", "4 degrees", tool_call_id=call.id, name=call.name)
        for call in called.tool_calls
    ]
    said = [*called.messages, *told]
    answer = asked(client, name, said, stream=stream, tools=[WEATHER], auto_tool=False)
    assert "4 degrees" in answer.content


@pytest.mark.parametrize("name", SERVICES)
def test_a_provider_reads_the_errors_of_its_service(sim: Simulator, name: str) -> None:
    with client_of(sim, name) as client:
        with pytest.raises(RateLimitError) as limited:
            asked(client, name, "Hi", **settings(name, status=429, retry_after=7))
        if not name.startswith("vertex"):  # which sends no such header
            assert limited.value.retry_after == 7
        with pytest.raises(ProviderError) as broken:
            asked(client, name, "A story", stream=True, **settings(name, fail_after=4, rate=0))
        assert isinstance(broken.value, ServerError) or broken.value.retryable
        assert broken.value.partial is not None
    with client_of(sim, name, key="bad-key-of-a-test") as client:
        with pytest.raises(AuthenticationError):
            asked(client, name, "Hi")


@pytest.mark.parametrize("name", ["azure", "azure, dated", "azure, responses"])
def test_what_azures_filter_stops_is_told(sim: Simulator, name: str) -> None:
    with client_of(sim, name) as client:
        with pytest.raises(ChimericError) as caught:
            asked(client, name, "Hi", **settings(name, filter="prompt"))
        assert "content" in str(caught.value)
        cut = asked(client, name, "A story", stream=True, **settings(name, filter="answer"))
        assert cut.finish_reason == "content_filter"


def test_perplexity_cites_what_it_found(sim: Simulator) -> None:
    with client_of(sim, "perplexity") as client:
        said = asked(client, "perplexity", "Tides?", stream=True)
    cited = [citation.url for part in said.parts for citation in getattr(part, "citations", ())]
    assert cited
    assert said.metadata["search_results"]


def test_claude_at_openrouter_has_its_signed_thoughts_back(sim: Simulator) -> None:
    name = "openrouter, claude"
    with client_of(sim, name) as client:
        called = asked(
            client,
            name,
            ASK,
            stream=True,
            tools=[WEATHER],
            auto_tool=False,
            reasoning_effort="high",
        )
        told = [Message("tool", "4", tool_call_id=call.id) for call in called.tool_calls]
        asked(client, name, [*called.messages, *told], tools=[WEATHER])
    (detail,) = sim.requests[-1].body["messages"][1]["reasoning_details"]
    assert detail["text"] == called.reasoning
    assert detail["signature"]


def test_claude_at_openrouter_goes_on_where_it_cannot_be_begun_for(sim: Simulator) -> None:
    name = "openrouter, claude"
    begun = [Message("user", "A story"), Message("assistant", "Once")]
    with client_of(sim, name) as client:
        assert asked(client, name, begun).content
    assert [m["role"] for m in sim.requests[-1].body["messages"]] == ["user", "assistant", "user"]
