"""``count_tokens``: the provider counts what a call would send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_sim import Simulator
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    Message,
    ProtocolError,
    Request,
    hookimpl,
)
from tests.hooks.modes import MODES, run_on

ASKED = [Message("system", "Be brief."), Message("user", "How many tokens are these?")]
MODELS = ("anthropic:claude-haiku-4-5", "google:gemini-2.5-flash")


def clock(zone: str) -> str:
    """Tell the time."""
    return zone


def made(url: str, **settings: Any) -> Chimeric:
    names = ("anthropic", "google", "openai")
    return Chimeric(
        api_keys=dict.fromkeys(names, "k-0123456789"),
        base_urls=dict.fromkeys(names, url),
        max_retries=0,
        **settings,
    )


def counted(mode: str, client: Chimeric, model: str, **params: Any) -> int:
    params = {"messages": ASKED, **params}
    if mode == "sync":
        with client:
            return client.count_tokens(model, **params)

    async def main() -> int:
        async with client:
            return await client.acount_tokens(model, **params)

    return run_on(mode, main)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("model", MODELS)
def test_the_count_is_what_the_answer_reports(mode: str, model: str) -> None:
    with Simulator() as sim, made(sim.url) as client:
        for tools in ([], [clock]):
            answered = client.generate(model, ASKED, tools=tools, tool_choice="none")
            count = counted(mode, made(sim.url), model, tools=tools)
            assert count == answered.usage.prompt_tokens
            assert type(count) is int


def replying(body: Any, status: int = 200) -> LoopbackServer:
    data = msgspec.json.encode(body)

    def answer(seen: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 %d X\r\ncontent-type: application/json\r\n" % status
        yield b"content-length: %d\r\n\r\n" % len(data) + data

    return LoopbackServer(answer)


def test_anthropic_is_sent_what_counts_and_nothing_else() -> None:
    with replying({"input_tokens": 7}) as server, made(server.url) as client:
        ask: dict[str, Any] = {"max_tokens": 4000, "stop": "x", "reasoning_effort": "low"}
        assert client.count_tokens(MODELS[0], ASKED, tools=[clock], **ask) == 7
    (seen,) = server.requests
    assert seen.path == "/v1/messages/count_tokens"
    assert set(seen.json()) <= {"model", "messages", "system", "tools", "thinking"} | {
        "output_config",
        "tool_choice",
    }
    assert seen.json()["tools"][0]["name"] == "clock"


def test_google_is_sent_the_whole_request() -> None:
    with replying({"totalTokens": 7}) as server, made(server.url) as client:
        assert client.count_tokens(MODELS[1], ASKED, tools=[clock]) == 7
    (seen,) = server.requests
    assert seen.path == "/v1beta/models/gemini-2.5-flash:countTokens"
    asked = seen.json()["generateContentRequest"]
    assert asked["model"] == "models/gemini-2.5-flash"
    assert {"contents", "systemInstruction", "tools"} <= set(asked)


@pytest.mark.parametrize("mode", MODES)
def test_a_provider_that_does_not_count_names_those_that_do(mode: str) -> None:
    with replying({}) as server:
        with pytest.raises(ConfigurationError, match=r"anthropic, .*google") as caught:
            counted(mode, made(server.url), "openai:gpt-4o")
        assert not server.requests
    assert "openai does not count" in str(caught.value)


class Prompted:
    """Middleware that adds to the prompt."""

    @hookimpl
    def chimeric_prepare_request(self, request: Request) -> Request:
        return request.replace(messages=(*request.messages, Message("user", "More.")))


def test_what_middleware_adds_counts() -> None:
    with replying({"input_tokens": 7}) as server, made(server.url, plugins=[Prompted()]) as client:
        client.count_tokens(MODELS[0], ASKED)
    assert "More." in server.requests[0].body.decode()


@pytest.mark.parametrize("mode", ["sync", "asyncio"])
def test_a_refused_count_is_the_error_of_a_call(mode: str) -> None:
    with replying({"error": {"type": "authentication_error", "message": "no"}}, 401) as server:
        with pytest.raises(AuthenticationError) as caught:
            counted(mode, made(server.url), MODELS[0])
    assert caught.value.model == "claude-haiku-4-5"
    assert caught.value.headers["content-type"] == "application/json"


def test_a_reply_that_holds_no_count_is_told() -> None:
    with replying({"nothing": 0}) as server, made(server.url) as client:
        for model in MODELS:
            with pytest.raises(ProtocolError, match="missing required field"):
                client.count_tokens(model, ASKED)
