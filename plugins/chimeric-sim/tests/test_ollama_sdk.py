"""The official Ollama SDK against the simulator."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

ollama = pytest.importorskip("ollama", reason="the official SDK is a test-only oracle")


def weather(city: str) -> str:
    """Tell the weather.

    Args:
        city: where
    """
    return f"sunny in {city}"


@pytest.fixture
def client(sim: Simulator):
    client = ollama.Client(host=sim.base_url("ollama"))
    yield client
    client._client.close()


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_story_streams(client):
    parts = list(client.chat(model="llama3.2", messages=say("Tell of moss"), stream=True))
    assert "moss" in "".join(p.message.content for p in parts)
    assert parts[-1].done
    assert parts[-1].done_reason == "stop"
    assert parts[-1].eval_count == sum(bool(p.message.content) for p in parts)


def test_thoughts_tools_and_results(client):
    messages = say("Weather in Rome")
    parts = list(
        client.chat(model="think", messages=messages, tools=[weather], stream=True, think=True)
    )
    assert any(p.message.thinking for p in parts)
    calls = [c for p in parts for c in p.message.tool_calls or ()]
    assert [c.function.arguments for c in calls] == [{"city": "Rome"}]
    messages += [
        {"role": "assistant", "content": "", "tool_calls": [calls[0].model_dump()]},
        {"role": "tool", "tool_name": "weather", "content": "sunny"},
    ]
    answer = client.chat(model="think", messages=messages, tools=[weather])
    assert "weather answered: sunny" in answer.message.content


def test_errors_are_the_sdk_s_own(client):
    with pytest.raises(ollama.ResponseError, match="model 'nothing' not found") as error:
        client.chat(model="nothing", messages=say("x"))
    assert error.value.status_code == 404


def test_an_error_in_mid_stream_is_raised_by_the_sdk(sim):
    client = ollama.Client(host=sim.url, headers={"x-sim-fail-after": "3"})
    with pytest.raises(ollama.ResponseError, match="mid-stream"):
        list(client.chat(model="story", messages=say("x"), stream=True))
    client._client.close()


def test_models_are_listed_and_shown(client):
    assert "llama3.2:latest" in [m.model for m in client.list().models]
    assert "tools" in client.show("llama3.2").capabilities
