"""The official SDKs send the same requests, header by header, but for what stands in the table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from chimeric_sim import RecordedRequest, Simulator

from chimeric import Chimeric

from .resource import KEY

TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.c2ln"
MESSAGES: list[Any] = [{"role": "user", "content": "Say hi"}]
MODEL, CLAUDE = "gpt-5.4-mini", "claude-sonnet-4-6"
USAGE: Any = {"stream": True, "stream_options": {"include_usage": True}}
KEPT: Any = {"store": False, "include": ["reasoning.encrypted_content"]}

DIFFERENCES = {
    "user-agent": "each names itself",
    "x-stainless-*": "the SDK's telemetry about its platform",
}
"""Headers that differ in every request, and why."""

STREAMED = {
    "accept": "Chimeric asks for an event stream",
    "accept-encoding": "a stream gains nothing from compression",
}
V1 = {
    "api-key": "Chimeric sends a key in this header on every surface",
    "authorization": "the plain OpenAI client sends a key as a token",
}
FOUNDRY = {"api-key": "the SDK sends the key twice, for older gateways; one header is read"}

Send = Callable[[str], Any]


def azure(version: str, **credential: Any) -> Callable[[str], Any]:
    return lambda url: openai.AzureOpenAI(
        azure_endpoint=url, api_version=version, **(credential or {"api_key": KEY})
    )


def chat(make: Callable[[str], Any], **params: Any) -> Send:
    def send(url: str) -> None:
        with make(url) as client:
            answer = client.chat.completions.create(model=MODEL, messages=MESSAGES, **params)
            if params:
                list(answer)

    return send


def respond(make: Callable[[str], Any], **params: Any) -> Send:
    def send(url: str) -> None:
        with make(url) as client:
            answer = client.responses.create(model=MODEL, input=MESSAGES, **KEPT, **params)
            if params:
                list(answer)

    return send


def tell(make: Callable[[str], Any], **params: Any) -> Send:
    def send(url: str) -> None:
        with make(url) as client:
            answer = client.messages.create(
                model=CLAUDE, messages=MESSAGES, max_tokens=99, **params
            )
            if params:
                list(answer)

    return send


def v1(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/openai/v1", api_key=KEY)


def foundry(url: str) -> anthropic.AnthropicFoundry:
    return anthropic.AnthropicFoundry(base_url=f"{url}/anthropic", api_key=KEY)


def foundry_token(url: str) -> anthropic.AnthropicFoundry:
    return anthropic.AnthropicFoundry(
        base_url=f"{url}/anthropic", azure_ad_token_provider=lambda: TOKEN
    )


GA, PREVIEW = "2024-10-21", "2025-04-01-preview"
MINE: dict[str, Any] = {"azure_api_key": KEY}
LOGIN: dict[str, Any] = {"azure_credential": lambda: TOKEN}
ASKED: dict[str, Any] = {"api": "responses"}

PAIRS: dict[str, tuple[Send, dict[str, Any], dict[str, str]]] = {
    "AzureOpenAI, chat": (chat(azure(GA)), {**MINE, "api_version": GA}, {}),
    "AzureOpenAI, chat, streamed": (
        chat(azure(GA), **USAGE),
        {**MINE, "api_version": GA, "stream": True},
        STREAMED,
    ),
    "AzureOpenAI, Responses": (
        respond(azure(PREVIEW)),
        {**MINE, **ASKED, "api_version": PREVIEW},
        {},
    ),
    "AzureOpenAI, a token": (
        chat(azure(GA, azure_ad_token_provider=lambda: TOKEN)),
        {**LOGIN, "api_version": GA},
        {},
    ),
    "OpenAI on v1, chat": (chat(v1), MINE, V1),
    "OpenAI on v1, chat, streamed": (
        chat(v1, **USAGE),
        {**MINE, "stream": True},
        {**V1, **STREAMED},
    ),
    "OpenAI on v1, Responses": (respond(v1), {**MINE, **ASKED}, V1),
    "OpenAI on v1, Responses, streamed": (
        respond(v1, stream=True),
        {**MINE, **ASKED, "stream": True},
        # Responses streams are asked for with an accept header of their own.
        {**V1, **STREAMED},
    ),
    "AnthropicFoundry": (tell(foundry), {**MINE, "model": CLAUDE, "max_tokens": 99}, FOUNDRY),
    "AnthropicFoundry, streamed": (
        tell(foundry, stream=True),
        {**MINE, "model": CLAUDE, "max_tokens": 99, "stream": True},
        {**FOUNDRY, **STREAMED},
    ),
    "AnthropicFoundry, a token": (
        tell(foundry_token),
        {**LOGIN, "model": CLAUDE, "max_tokens": 99},
        {},
    ),
}


def ours(sim: Simulator, params: dict[str, Any]) -> RecordedRequest:
    mine = {n: v for n, v in params.items() if n.startswith("azure_")}
    rest = {n: v for n, v in params.items() if n not in mine and n != "model"}
    with Chimeric(azure_base_url=sim.base_url("azure"), **mine) as client:
        answer: Any = client.generate(f"azure:{params.get('model', MODEL)}", "Say hi", **rest)
        if params.get("stream"):
            answer.collect()
    return sim.requests[-1]


def differing(theirs: RecordedRequest, mine: RecordedRequest) -> set[str]:
    names = {*theirs.headers, *mine.headers}
    found = {n for n in names if theirs.headers.get(n) != mine.headers.get(n)}
    return {"x-stainless-*" if n.startswith("x-stainless-") else n for n in found}


@pytest.mark.parametrize("name", PAIRS)
def test_our_request_is_that_of_the_sdk_but_for_what_the_table_tells(
    name: str, sim: Simulator
) -> None:
    send, params, known = PAIRS[name]
    send(sim.base_url("azure"))
    theirs = sim.requests[-1]
    assert theirs.status == 200
    mine = ours(sim, params)
    assert (mine.method, mine.path, mine.query) == (theirs.method, theirs.path, theirs.query)
    assert mine.body == theirs.body
    assert differing(theirs, mine) == {*DIFFERENCES, *known}


def ours_async(sim: Simulator, params: dict[str, Any]) -> RecordedRequest:
    mine = {n: v for n, v in params.items() if n.startswith("azure_")}
    rest = {n: v for n, v in params.items() if n not in mine}

    async def ask() -> None:
        async with Chimeric(azure_base_url=sim.base_url("azure"), **mine) as client:
            answer: Any = await client.agenerate(f"azure:{MODEL}", "Say hi", **rest)
            if params.get("stream"):
                await answer.collect()

    asyncio.run(ask())
    return sim.requests[-1]


async def token() -> str:
    return TOKEN


ASYNC: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], dict[str, str]]] = {
    "chat": ("chat", {"api_key": KEY}, {}, {**MINE, "api_version": GA}, {}),
    "chat, streamed": (
        *("chat", {"api_key": KEY}, USAGE),
        *({**MINE, "api_version": GA, "stream": True}, STREAMED),
    ),
    "chat, a token": (
        *("chat", {"azure_ad_token_provider": token}, {}),
        *({"azure_credential": token, "api_version": GA}, {}),
    ),
    "Responses": (
        *("responses", {"api_key": KEY}, {}),
        *({**MINE, **ASKED, "api_version": PREVIEW}, {}),
    ),
}


@pytest.mark.parametrize("name", ASYNC)
def test_the_request_of_the_async_twin_is_ours_too(name: str, sim: Simulator) -> None:
    api, credential, params, mine, known = ASYNC[name]

    async def send() -> None:
        made = openai.AsyncAzureOpenAI(
            azure_endpoint=sim.base_url("azure"), api_version=mine["api_version"], **credential
        )
        async with made as client:
            if api == "responses":
                await client.responses.create(model=MODEL, input=MESSAGES, **KEPT)
                return
            answer = await client.chat.completions.create(model=MODEL, messages=MESSAGES, **params)
            if params:
                assert [chunk async for chunk in answer]

    asyncio.run(send())
    theirs = sim.requests[-1]
    assert theirs.status == 200
    asked = ours_async(sim, mine)
    assert (asked.method, asked.path, asked.query) == (theirs.method, theirs.path, theirs.query)
    assert asked.body == theirs.body
    assert differing(theirs, asked) == {*DIFFERENCES, *known}


def test_of_key_and_token_in_the_environment_both_send_the_token(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", sim.base_url("azure"))
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", TOKEN)
    monkeypatch.setenv("OPENAI_API_VERSION", GA)
    with openai.AzureOpenAI() as client:
        client.chat.completions.create(model=MODEL, messages=MESSAGES)
    with Chimeric() as ours:
        ours.generate(f"azure:{MODEL}", "Say hi")
    theirs, mine = sim.requests[-2:]
    sent = [{"authorization", "api-key"} & request.headers.keys() for request in (theirs, mine)]
    assert sent == [{"authorization"}] * 2
    assert (mine.path, mine.query) == (theirs.path, theirs.query)


PAGE = Path(__file__).parents[3] / "docs" / "providers" / "azure.md"


def test_the_page_has_the_table_of_differences() -> None:
    page = PAGE.read_text("utf-8")
    for client, table in (
        ("all", DIFFERENCES),
        ("all, streamed", STREAMED),
        ("`OpenAI` on v1", V1),
        ("`AnthropicFoundry`", FOUNDRY),
    ):
        for header, why in table.items():
            assert f"| {client} | `{header}` | {why} |" in page


def test_the_async_twin_streams_from_the_simulator_what_ours_does(sim: Simulator) -> None:
    async def theirs() -> tuple[str, str | None]:
        made = openai.AsyncAzureOpenAI(
            azure_endpoint=sim.base_url("azure"), api_version=GA, api_key=KEY
        )
        text, finish = "", None
        async with made as client:
            stream = await client.chat.completions.create(
                model=MODEL, messages=MESSAGES, stream=True, seed=3
            )
            async for chunk in stream:
                for choice in chunk.choices:
                    text += choice.delta.content or ""
                    finish = choice.finish_reason or finish
        return text, finish

    async def mine() -> tuple[str, str | None]:
        asked = {"azure_base_url": sim.base_url("azure"), "azure_api_key": KEY}
        async with Chimeric(**asked, azure_api_version=GA) as client:
            stream: Any = await client.agenerate(f"azure:{MODEL}", "Say hi", stream=True, seed=3)
            response = await stream.collect()
        return response.content, response.finish_reason

    assert asyncio.run(theirs()) == asyncio.run(mine())


def test_the_sdk_reads_the_errors_of_the_simulator(sim: Simulator) -> None:
    with azure(GA)(sim.base_url("azure")) as client:
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(model="no-such-deployment", messages=MESSAGES)
        with pytest.raises(openai.BadRequestError) as blocked:
            asked = {"sim": {"filter": "prompt"}}
            client.chat.completions.create(model=MODEL, messages=MESSAGES, extra_body=asked)
    assert missing.value.code == "DeploymentNotFound"
    assert blocked.value.code == "content_filter"


def test_the_list_of_models_is_the_same(sim: Simulator) -> None:
    with v1(sim.base_url("azure")) as client:
        theirs = [model.id for model in client.models.list()]
    with Chimeric(azure_base_url=sim.base_url("azure"), azure_api_key=KEY) as ours:
        assert [model.id for model in ours.list_models("azure")] == theirs
    assert sim.requests[-1].path == sim.requests[-2].path
