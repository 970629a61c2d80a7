"""The SDKs of services that speak chat completions in their own way."""

from __future__ import annotations

import json

import pytest

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Weather now",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]
REASON = "the official SDK is a test-only oracle"


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_groq_streams_thinks_and_calls_whole_tools(sim):
    groq = pytest.importorskip("groq", reason=REASON)
    with groq.Groq(api_key="any", base_url=sim.base_url("groq"), max_retries=0) as client:
        stream = client.chat.completions.create(
            model="llama-3.3-70b-versatile", messages=say("A story"), stream=True
        )
        chunks = list(stream)
        assert chunks[0].x_groq.id.startswith("req_")
        assert chunks[-1].x_groq.usage.completion_tokens > 50
        stream = client.chat.completions.create(
            model="sim-think", messages=say("Weather in Rome"), tools=TOOLS, stream=True
        )
        deltas = [c.choices[0].delta for c in stream]
        assert "".join(d.reasoning or "" for d in deltas)
        calls = [c for d in deltas for c in d.tool_calls or ()]
        assert [json.loads(c.function.arguments) for c in calls] == [{"city": "Rome"}]
        with pytest.raises(groq.NotFoundError):
            client.chat.completions.create(model="gpt-0", messages=say("x"))
        failing = client.chat.completions.create(
            model="story", messages=say("x"), stream=True, extra_body={"sim": {"fail_after": 2}}
        )
        with pytest.raises(groq.APIError, match="mid-stream"):
            list(failing)
        assert "openai/gpt-oss-120b" in [m.id for m in client.models.list().data]


def test_cerebras_streams_and_lists(sim):
    cerebras = pytest.importorskip("cerebras.cloud.sdk", reason=REASON)
    with cerebras.Cerebras(
        api_key="any",
        base_url=sim.base_url("cerebras"),
        max_retries=0,
        warm_tcp_connection=False,
    ) as client:
        stream = client.chat.completions.create(
            model="gpt-oss-120b", messages=say("A story about wind"), stream=True
        )
        text = "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
        assert "wind" in text
        answer = client.chat.completions.create(
            model="tools", messages=say("Weather in Rome"), tools=TOOLS
        )
        assert answer.choices[0].message.tool_calls[0].function.name == "weather"
        with pytest.raises(cerebras.AuthenticationError):
            client.with_options(api_key="bad").chat.completions.create(
                model="story", messages=say("x")
            )


def test_mistral_streams_and_calls_tools(sim):
    pytest.importorskip("mistralai", reason=REASON)
    client_module = pytest.importorskip("mistralai.client", reason=REASON)
    with client_module.Mistral(api_key="any", server_url=sim.base_url("mistral")) as client:
        with client.chat.stream(
            model="mistral-large-latest", messages=say("Tell of fog")
        ) as events:
            text = "".join(e.data.choices[0].delta.content or "" for e in events)
        assert "fog" in text.lower()
        answer = client.chat.complete(model="tools", messages=say("Weather in Rome"), tools=TOOLS)
        call = answer.choices[0].message.tool_calls[0]
        assert json.loads(call.function.arguments) == {"city": "Rome"}


def test_openrouters_sdk_reads_signed_thoughts_and_the_cost(sim):
    openrouter = pytest.importorskip("openrouter", reason=REASON)
    asked = {"model": "anthropic/claude-sonnet-4.6-think", "messages": say("A story in 9 words")}
    with openrouter.OpenRouter(api_key="any", server_url=sim.base_url("openrouter")) as client:
        whole = client.chat.send(**asked)
        (detail,) = whole.choices[0].message.reasoning_details
        assert detail.text == whole.choices[0].message.reasoning
        assert detail.signature
        chunks = list(client.chat.send(**asked, stream=True))
        said = "".join(c.choices[0].delta.content or "" for c in chunks)
        assert said == whole.choices[0].message.content
        assert chunks[-1].usage.cost == whole.usage.cost > 0
        with pytest.raises(openrouter.errors.OpenRouterError, match="is not a valid model ID"):
            client.chat.send(model="gpt-0", messages=say("x"))


def test_perplexitys_sdk_reads_sources_and_the_cost(sim):
    perplexity = pytest.importorskip("perplexity", reason=REASON)
    asked = {"model": "sonar-pro", "messages": say("Tides?")}
    base = sim.base_url("perplexity")
    with perplexity.Perplexity(api_key="any", base_url=base, max_retries=0) as client:
        whole = client.chat.completions.create(**asked)
        chunks = list(client.chat.completions.create(**asked, stream=True))
        assert chunks[-1].object == "chat.completion.done"
        assert chunks[-1].search_results == whole.search_results != []
        assert chunks[-1].usage.cost == whole.usage.cost
        with pytest.raises(perplexity.BadRequestError, match="Invalid model"):
            client.chat.completions.create(**{**asked, "model": "gpt-0"})


def test_fireworks_sdk_reads_thoughts_and_the_usage(sim):
    fireworks = pytest.importorskip("fireworks", reason=REASON)
    asked = {"model": "sim-think", "messages": say("A story in 9 words")}
    base = sim.base_url("fireworks").removesuffix("/inference/v1")
    with fireworks.Fireworks(api_key="any", base_url=base, max_retries=0) as client:
        whole = client.chat.completions.create(**asked)
        chunks = list(client.chat.completions.create(**asked, stream=True))
        thought = "".join(c.choices[0].delta.reasoning_content or "" for c in chunks)
        assert thought == whole.choices[0].message.reasoning_content != ""
        assert chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_zais_sdk_reads_thoughts_whole_calls_and_codes(sim):
    zai = pytest.importorskip("zai", reason=REASON)
    client = zai.ZaiClient(api_key="any.secret", base_url=sim.base_url("zai"), max_retries=0)
    asked = {"model": "sim-think", "messages": say("Weather in Rome"), "tools": TOOLS}
    chunks = list(client.chat.completions.create(**asked, stream=True))
    deltas = [c.choices[0].delta for c in chunks]
    assert "".join(d.reasoning_content or "" for d in deltas)
    (call,) = [c for d in deltas for c in d.tool_calls or ()]
    assert json.loads(call.function.arguments) == {"city": "Rome"}
    assert chunks[-1].usage.total_tokens > 0
    assert client.chat.completions.create(**asked).request_id
    with pytest.raises(zai.core.APIStatusError, match="1211"):
        client.chat.completions.create(**{**asked, "model": "gpt-0"})
    client.close()
