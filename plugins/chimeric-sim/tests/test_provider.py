"""The provider ``sim``, and Chimeric's clients against the simulator."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest

import chimeric
from chimeric import Chimeric


@pytest.fixture
def client():
    with Chimeric() as client:
        yield client


def test_a_story_streams_with_no_key_and_no_server_of_ones_own(client):
    chunks = list(client.generate("sim:story", "Tell me about tides", stream=True))
    text = "".join(c.delta or "" for c in chunks)
    assert "tides" in text
    assert chunks[-1].content == text
    assert chunks[-1].finish_reason == "stop"
    assert chunks[-1].metadata["provider"] == "sim"
    assert chunks[-1].metadata["usage"].completion_tokens > 50


def test_the_server_ends_with_the_client():
    before = threading.active_count()
    client = Chimeric()
    client.generate("sim:echo", "hello")
    assert threading.active_count() > before
    client.close()
    assert threading.active_count() == before


def test_options_set_length_and_rate(client):
    answer = client.generate("sim:story", "Tell", tokens=20, rate=2000)
    assert 20 <= answer.usage.completion_tokens < 110


def test_tools_run_and_their_results_come_back(client):
    def weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    answer = client.generate("sim:tools", "Weather in Rome", tools=[weather])
    assert "sunny in Rome" in answer.content
    assert [r.call.name if hasattr(r, "call") else r.name for r in answer.tool_results] == [
        "weather"
    ]


def test_thoughts_arrive_apart_from_the_text(client):
    answer = client.generate("sim:think", "Tell me about tides", max_tokens=200)
    assert "tides" in answer.reasoning
    assert answer.reasoning not in answer.content


def test_models_are_listed(client):
    assert {"story", "echo", "tools"} <= {m.id for m in client.list_models("sim")}


def test_an_unknown_model_is_a_typed_error(client):
    with pytest.raises(chimeric.NotFoundError) as error:
        client.generate("sim:nothing", "x")
    assert error.value.request_id.startswith("req_")


@pytest.mark.parametrize(
    ("model", "told"),
    [("storey", "Did you mean `story`?"), ("gtp-4o", "Did you mean `gpt-4o`?"), ("x", "has story")],
)
def test_a_misspelt_model_is_told_the_nearest_one(client, model, told):
    with pytest.raises(chimeric.NotFoundError, match=f"does not exist.*{re.escape(told)}"):
        client.generate(f"sim:{model}", "x")


def test_a_stream_that_is_cut_keeps_what_came(client):
    stream = client.generate(
        "sim:story", "x", stream=True, extra_body={"sim": {"cut_after": 5, "rate": 0}}
    )
    with pytest.raises(chimeric.StreamInterruptedError) as error:
        list(stream)
    assert error.value.partial.content


async def _ask() -> str:
    async with Chimeric() as client:
        stream = await client.agenerate("sim:echo", "Grüße 🌍", stream=True)
        return "".join([c.delta or "" async for c in stream])


def test_asynchronous_clients_stream_too():
    assert asyncio.run(_ask()) == "Grüße 🌍"


def test_the_fixture_stands_behind_no_proxy(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    sim = request.getfixturevalue("sim")
    with Chimeric(base_url=sim.base_url("openai"), api_key="any", max_retries=0) as client:
        assert client.generate("compatible:echo", "Hi").content == "Hi"
