"""Fallback over real loopback HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_fallback import Fallback
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import (
    AuthenticationError,
    Chimeric,
    ConfigurationError,
    ServerError,
    StreamInterruptedError,
)

OK = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"


def text(value: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": value}}]}
    return b"data: " + msgspec.json.encode(delta) + b"\n\n"


END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":'
    b'{"name":"now","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
)
ANSWERS: dict[str, tuple[Any, ...]] = {
    "down": (b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy",),
    "locked": (b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\nno",),
    "cut": (OK, text("Once "), text("upon"), Close()),
    "good": (OK, text("All "), text("is well"), END, Close()),
}


def answer(request: SeenRequest) -> Iterator[Any]:
    body = request.json()
    if body["model"] == "tools":
        asked = body["messages"][-1]["role"] == "user"
        yield from (OK, CALL, Close()) if asked else (OK, text("It is noon"), END, Close())
    else:
        yield from ANSWERS[body["model"]]


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(answer) as server:
        yield server


def client(server: LoopbackServer, *plugins: Any) -> Chimeric:
    return Chimeric(base_url=f"{server.url}/v1", max_retries=0, plugins=plugins)


def asked(server: LoopbackServer) -> list[str]:
    return [request.json()["model"] for request in server.requests]


def test_the_next_model_answers_when_one_fails_before_its_first_content(
    server: LoopbackServer,
) -> None:
    models = {"compatible:down": ["compatible:down", "compatible:good"]}
    with client(server, Fallback(models)) as chimeric:
        stream = chimeric.generate("compatible:down", "Hi", stream=True)
        assert stream.collect().content == "All is well"
        assert stream.response.metadata["model"] == "good"
    assert asked(server) == ["down", "down", "good"]


def test_async_callers_get_the_same(server: LoopbackServer) -> None:
    async def run() -> str:
        async with client(server, Fallback({"*": ["compatible:good"]})) as chimeric:
            stream = await chimeric.agenerate("compatible:down", "Hi", stream=True)
            return (await stream.collect()).content

    assert asyncio.run(run()) == "All is well"


def test_after_content_a_failure_is_raised(server: LoopbackServer) -> None:
    with client(server, Fallback({"cut": ["compatible:good"]})) as chimeric:
        stream = chimeric.generate("compatible:cut", "Hi", stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Once upon"
    assert asked(server) == ["cut"]


def test_opted_in_it_begins_anew_after_content_and_says_so(server: LoopbackServer) -> None:
    fallback = Fallback({"cut": ["compatible:good"]}, after_content=True)
    with client(server, fallback) as chimeric:
        chunks = list(chimeric.generate("compatible:cut", "Hi", stream=True))
    place = next(i for i, c in enumerate(chunks) if c.metadata.get("restarted"))
    assert "".join(c.delta or "" for c in chunks[:place]) == "Once upon"
    assert "".join(c.delta or "" for c in chunks[place:]) == "All is well"
    assert chunks[place].metadata["failed"] == "compatible:cut"
    assert chunks[-1].finish_reason == "stop"


def test_the_last_failure_is_raised_when_no_model_is_left(server: LoopbackServer) -> None:
    fallback = Fallback({"down": ["compatible:down"]})
    with client(server, fallback) as chimeric, pytest.raises(ServerError, match="503"):
        chimeric.generate("compatible:down", "Hi")
    assert asked(server) == ["down", "down"]


def test_a_wrong_key_is_raised(server: LoopbackServer) -> None:
    fallback = Fallback({"*": ["compatible:good"]})
    with client(server, fallback) as chimeric, pytest.raises(AuthenticationError):
        chimeric.generate("compatible:locked", "Hi")


def test_a_tool_loop_stays_with_the_model_that_answered(server: LoopbackServer) -> None:
    def now() -> str:
        """Tell the time."""
        return "12:00"

    with client(server, Fallback({"down": ["compatible:tools"]})) as chimeric:
        response = chimeric.generate("compatible:down", "Hi", stream=True, tools=[now]).collect()
    assert response.content == "It is noon"
    assert asked(server) == ["down", "tools", "tools"]


def test_a_model_that_is_not_named_fails_as_always(server: LoopbackServer) -> None:
    fallback = Fallback({"other": ["compatible:good"]})
    with client(server, fallback) as chimeric, pytest.raises(ServerError):
        chimeric.generate("compatible:down", "Hi")


def test_the_environment_can_tell_the_models(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIMERIC_FALLBACK", "other=x; down = compatible:locked, compatible:good;")
    with client(server) as chimeric, pytest.raises(AuthenticationError):
        chimeric.generate("compatible:down", "Hi")
    monkeypatch.setenv("CHIMERIC_FALLBACK", "*=compatible:good")
    with client(server) as chimeric:
        response = chimeric.generate("compatible:down", "Hi", stream=True).collect()
    assert response.content == "All is well"


@pytest.mark.parametrize("wrong", ["down:compatible:good", "down=", "=compatible:good", "a=b; c"])
def test_an_environment_that_cannot_be_read_is_told(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("CHIMERIC_FALLBACK", wrong)
    with client(server) as chimeric, pytest.raises(ConfigurationError, match="it takes model="):
        chimeric.generate("compatible:good", "Hi")


def test_a_single_string_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a list"):
        Fallback({"a": "b"})


def sse(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)


SEARCHING = sse(
    {"type": "message_start", "message": {"id": "m", "content": []}},
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
    },
)


@pytest.mark.parametrize("after_content", [False, True])
def test_a_search_of_the_provider_is_content_after_which_nobody_else_is_asked_unless_told_to(
    after_content: bool,
) -> None:
    paths: list[str] = []

    def half(request: SeenRequest) -> Iterator[Any]:
        paths.append(request.path)
        whole = (OK, text("All is well"), END, Close())
        yield from whole if "completions" in request.path else (OK, SEARCHING, Close())

    fallback = Fallback({"*": ["compatible:good"]}, after_content=after_content)
    with (
        LoopbackServer(half) as server,
        Chimeric(
            base_url=f"{server.url}/v1",
            anthropic_base_url=server.url,
            anthropic_api_key="k",
            max_retries=0,
            plugins=[fallback],
        ) as chimeric,
    ):
        stream = chimeric.generate("claude-x", "Hi", stream=True)
        if after_content:
            chunks = list(stream)
            assert chunks[0].server_tools
            assert any(chunk.metadata.get("restarted") for chunk in chunks)
            assert stream.response.content == "All is well"
        else:
            with pytest.raises(StreamInterruptedError) as caught:
                list(stream)
            assert caught.value.partial is not None
            assert [part.status for part in caught.value.partial.parts] == ["failed"]  # type: ignore[union-attr]
    assert len(paths) == (2 if after_content else 1)
