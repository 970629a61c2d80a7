"""The SDKs of services that speak chat completions in their own way: Groq, Cerebras, Mistral."""

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
