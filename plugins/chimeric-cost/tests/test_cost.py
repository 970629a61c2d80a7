"""Prices over real loopback HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_cost import Cost, Costs
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import Chimeric

USAGE = (
    b'"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,'
    b'"prompt_tokens_details":{"cached_tokens":400}}'
)
CALL = (
    b'{"tool_calls":[{"index":0,"id":"c1","function":{"name":"now","arguments":"{}"}}]}',
    b'"tool_calls"',
)


def answer(request: SeenRequest) -> Iterator[Any]:
    body = request.json()
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    model = body["model"].encode()
    usage = USAGE if b"silent" not in request.body else b'"usage":null'
    if not body.get("stream"):
        yield b'{"model":"' + model + b'","choices":[{"message":{"content":"Hi"},'
        yield b'"finish_reason":"stop"}],' + usage + b"}"
    else:
        last = body["messages"][-1]["role"]
        wants_tool = "tools" in body and last == "user"
        delta, finish = CALL if wants_tool else (b'{"content":"Hi"}', b'"stop"')
        yield b'data: {"model":"' + model + b'","choices":[{"index":0,"delta":' + delta
        yield b',"finish_reason":' + finish + b"}]}\n\n"
        yield b'data: {"choices":[],' + usage + b"}\n\ndata: [DONE]\n\n"
    yield Close()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any) -> Chimeric:
    return Chimeric(
        openai_base_url=f"{server.url}/v1",
        openai_api_key="sk-test-0123456789",
        api="chat_completions",
        base_url=f"{server.url}/v1",
        plugins=plugins,
    )


EXPECTED = pytest.approx(600 * 2.5e-6 + 400 * 1.25e-6 + 100 * 10e-6)


def test_the_last_chunk_and_the_response_tell_the_price(server: LoopbackServer) -> None:
    with client(server, Cost()) as chimeric:
        stream = chimeric.generate("openai:gpt-4o", "Hi", stream=True)
        chunks = list(stream)
    cost = chunks[-1].metadata["cost"]
    assert cost["total"] == cost["call"] == EXPECTED
    assert cost["input"] + cost["output"] == pytest.approx(cost["total"])
    assert stream.response.metadata["cost"] == cost
    assert all("cost" not in chunk.metadata for chunk in chunks[:-1])


def test_whole_answers_and_async_callers_are_told_too(server: LoopbackServer) -> None:
    async def run() -> Any:
        async with client(server, Cost()) as chimeric:
            return await chimeric.agenerate("openai:gpt-4o", "Hi")

    assert asyncio.run(run()).metadata["cost"]["total"] == EXPECTED


def test_the_turns_of_a_tool_loop_add_up(server: LoopbackServer) -> None:
    def now() -> str:
        """Tell the time."""
        return "12:00"

    costs = Costs()
    with client(server, costs) as chimeric:
        response = chimeric.generate("openai:gpt-4o", "Hi", stream=True, tools=[now]).collect()
    assert (costs.total.turns, costs.total.spent) == (2, response.metadata["cost"]["call"])
    cost = response.metadata["cost"]
    assert cost["call"] == pytest.approx(2 * cost["total"])
    assert [turn["cost"]["total"] for turn in response.metadata["turns"]] == [EXPECTED] * 2


@pytest.mark.parametrize(
    ("model", "messages"),
    [("openai:gpt-999-unheard-of", "Hi"), ("compatible:local", "Hi"), ("openai:gpt-4o", "silent")],
)
def test_nothing_is_invented(server: LoopbackServer, model: str, messages: str) -> None:
    with client(server, Cost()) as chimeric:
        response = chimeric.generate(model, messages, stream=True).collect()
    assert "cost" not in response.metadata


def test_a_name_of_your_own_can_be_mapped(server: LoopbackServer) -> None:
    with client(server, Cost(providers={"compatible": "openai"})) as chimeric:
        response = chimeric.generate("compatible:gpt-4o", "Hi")
    assert response.metadata["cost"]["total"] == EXPECTED


def test_installed_alone_it_does_nothing(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(server) as chimeric:
        assert "cost" not in chimeric.generate("openai:gpt-4o", "Hi").metadata
        monkeypatch.setenv("CHIMERIC_COST", "1")
        assert chimeric.generate("openai:gpt-4o", "Hi").metadata["cost"]["total"] == EXPECTED
