"""Answers that are given to a model as the beginning of its own, against the simulator."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
import trio
from chimeric_fallback import Fallback
from chimeric_sim import Simulator
from chimeric_testing import Close, LoopbackServer, SeenRequest

from chimeric import (
    Chimeric,
    Endpoint,
    StreamChunk,
    StreamInterruptedError,
    TranslationWarning,
)

CLAUDE = "anthropic:claude-sonnet-4-5"
MISTRAL = "mistral:mistral-small-2603"
NEWER = "anthropic:claude-sonnet-5-5"
STORY = "Tell me about lighthouses in 60 words"
CUTS = int(os.environ.get("CHIMERIC_CUTS", "200"))
KEYS = ("anthropic", "mistral", "deepseek", "openrouter", "openai")


ADD = {
    "name": "add",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
}


class Place(msgspec.Struct):
    name: str
    height: int


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def client(sim: Simulator, *plugins: Any, **more: Any) -> Chimeric:
    settings: dict[str, Any] = {f"{name}_api_key": "k" for name in KEYS}
    settings |= {f"{name}_base_url": sim.base_url(name) for name in KEYS}
    return Chimeric(plugins=plugins, **{**settings, **more})


def asking(**sim: Any) -> dict[str, Any]:
    return {"stream": True, "extra_body": {"sim": {"seed": 7, **sim}}}


def told(chunks: list[StreamChunk]) -> str:
    return "".join(chunk.delta or "" for chunk in chunks)


def continued(chunks: list[StreamChunk]) -> int:
    return sum("continued" in chunk.metadata for chunk in chunks)


def whole_of(chimeric: Chimeric, model: str, **more: Any) -> str:
    return chimeric.generate(model, STORY, **asking(), **more).collect().content


def texts_of(sim: Simulator) -> range:
    """Where a story of Claude's may be cut: from its first text on."""
    body = {**sim.requests[-1].body, "sim": {"seed": 7}}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    whole = httpx.post(f"{sim.base_url('anthropic')}/v1/messages", json=body, headers=headers)
    first = whole.content.index(b"text_delta")
    return range(whole.content.index(b"\n\n", first) + 2, len(whole.content))


def test_an_answer_that_is_cut_at_any_byte_is_the_uncut_one(server: Simulator) -> None:
    numbers = random.Random(22)
    with client(server, Fallback(prefill=1)) as chimeric:
        whole = whole_of(chimeric, CLAUDE)
        spots = texts_of(server)
        for _ in range(CUTS):
            cut = numbers.choice(spots)
            stream = chimeric.generate(CLAUDE, STORY, **asking(cut_bytes=cut))
            chunks = list(stream)
            assert told(chunks) == whole, cut
            assert continued(chunks) == 1
            assert stream.response.content == stream.response.messages[-1].text == whole
            assert len(stream.response.parts) == 1


def test_the_beginning_is_sent_as_the_api_takes_it(server: Simulator) -> None:
    with client(server, Fallback(prefill=1)) as chimeric:
        whole = whole_of(chimeric, CLAUDE)
        for pieces in range(2, 30):
            stream = chimeric.generate(CLAUDE, STORY, **asking(cut_after=pieces))
            assert stream.collect().content == whole
            *_, last = server.requests[-1].body["messages"]
            assert last["role"] == "assistant"
            (part,) = last["content"] if isinstance(last["content"], list) else [last]
            sent = part.get("text") or part["content"]
            assert sent == sent.rstrip()
            assert whole.startswith(sent)


def test_usage_is_that_of_both_requests(server: Simulator) -> None:
    with client(server, Fallback(prefill=1)) as chimeric:
        alone = chimeric.generate(CLAUDE, STORY, **asking()).collect().usage
        answer = chimeric.generate(CLAUDE, STORY, **asking(cut_after=20)).collect()
    assert alone.prompt_tokens is not None
    assert answer.usage.prompt_tokens is not None
    assert answer.usage.prompt_tokens > 2 * alone.prompt_tokens  # the second holds the beginning
    assert answer.usage.source == "partial"  # what the first one wrote was not counted to its end


def test_only_what_is_asked_for_is_gone_on_with(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(CLAUDE, STORY, **asking(cut_after=20)).collect()


def test_a_rest_that_is_cut_too_is_gone_on_with_as_often_as_told(server: Simulator) -> None:
    asked = asking(cut_after=20, joins=[{"cut_after": 9}])
    with client(server, Fallback(prefill=9)) as chimeric:
        whole = whole_of(chimeric, CLAUDE)
        chunks = list(chimeric.generate(CLAUDE, STORY, **asked))
        assert told(chunks) == whole
        assert continued(chunks) > 3
    with client(server, Fallback(prefill=2)) as chimeric:
        stream = chimeric.generate(CLAUDE, STORY, **asked)
        with pytest.raises(StreamInterruptedError) as caught:
            list(stream)
        assert caught.value.partial is not None
        assert whole.startswith(caught.value.partial.content)


def test_a_model_that_takes_no_beginning_is_not_asked(server: Simulator) -> None:
    with client(server, Fallback(prefill=1)) as chimeric:
        before = len(server.requests)
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(NEWER, STORY, **asking(cut_after=20)).collect()
        assert len(server.requests) == before + 1


def test_the_next_model_goes_on_where_it_can(server: Simulator) -> None:
    fallback = Fallback({NEWER: ["openai:gpt-4.1", MISTRAL]}, prefill=1)
    with client(server, fallback) as chimeric:
        whole = whole_of(chimeric, NEWER)
        headers = {"x-team-token": "secret-of-the-first"}
        stream = chimeric.generate(NEWER, STORY, **asking(cut_after=20), extra_headers=headers)
        with pytest.warns(TranslationWarning, match="x-team-token"):
            chunks = list(stream)
    (at,) = [at for at, chunk in enumerate(chunks) if "continued" in chunk.metadata]
    begun, rest = told(chunks[:at]), told(chunks[at:])
    assert whole.startswith(begun)
    assert rest
    assert not rest.startswith(begun)  # this service tells the beginning again
    assert stream.response.metadata["model"] == "mistral-small-2603"
    assert server.requests[-1].body["messages"][-1]["content"] == begun.rstrip()
    assert "x-team-token" not in server.requests[-1].headers


@pytest.mark.parametrize(
    ("model", "ending"),
    [(MISTRAL, {"prefix": True}), ("openrouter:anthropic/claude-3.5-haiku", {})],
)
def test_services_are_told_in_their_own_way(
    server: Simulator, model: str, ending: dict[str, Any]
) -> None:
    with client(server, Fallback(prefill=1)) as chimeric:
        whole = whole_of(chimeric, model)
        chunks = list(chimeric.generate(model, STORY, **asking(cut_after=30)))
        assert told(chunks) == whole
        assert continued(chunks) == 1
    last = server.requests[-1].body["messages"][-1]
    assert last["role"] == "assistant"
    assert {name: last.get(name) for name in ending} == ending


def test_deepseek_takes_it_at_its_beta_url_alone(server: Simulator) -> None:
    model, beta = "deepseek:deepseek-chat", f"{server.base_url('deepseek')}/beta"
    with client(server, Fallback(prefill=1), deepseek_base_url=beta) as chimeric:
        whole = whole_of(chimeric, model)
        assert told(list(chimeric.generate(model, STORY, **asking(cut_after=30)))) == whole
    assert server.requests[-1].body["messages"][-1]["prefix"] is True
    with client(server, Fallback(prefill=1)) as chimeric:
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(model, STORY, **asking(cut_after=30)).collect()


def test_a_server_of_ones_own_is_told_as_it_is_said(server: Simulator) -> None:
    endpoints = {"local": Endpoint("compatible", base_url=server.base_url("openai"), api_key="k")}
    fallback = Fallback(prefill=1, ways={"local": "vllm"})
    with client(server, fallback, endpoints=endpoints) as chimeric:
        whole = whole_of(chimeric, "local:story")
        assert told(list(chimeric.generate("local:story", STORY, **asking(cut_after=30)))) == whole
    body = server.requests[-1].body
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    with pytest.raises(ValueError, match="no way 'sglang'"):
        Fallback(ways={"local": "sglang"})  # type: ignore[dict-item]


def test_a_beginning_that_is_told_again_is_not_doubled(server: Simulator) -> None:
    with client(server, Fallback(prefill=1)) as chimeric:
        whole = whole_of(chimeric, CLAUDE)
        for pieces in range(16, 60, 4):
            asked = asking(cut_after=pieces, echoes=True)
            assert told(list(chimeric.generate(CLAUDE, STORY, **asked))) == whole


BEGUN = "Once upon a time there was a lighthouse that nobody had ever seen by day"


def begin_anew(request: SeenRequest) -> Iterator[Any]:
    """A server that knows nothing of beginnings: it says the same again, and then other words."""
    yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
    again = len(request.json()["messages"]) > 1
    for piece in (BEGUN[:20], BEGUN[20:60], " night and a half" if again else BEGUN[60:]):
        delta = {"choices": [{"index": 0, "delta": {"content": piece}}]}
        yield b"data: " + msgspec.json.encode(delta) + b"\n\n"
    yield Close()


def test_a_model_that_begins_anew_is_found_out() -> None:
    fallback = Fallback(prefill=5, ways={"compatible": "plain"})
    with LoopbackServer(begin_anew) as server:
        with Chimeric(base_url=f"{server.url}/v1", plugins=[fallback]) as chimeric:
            stream = chimeric.generate("compatible:any", "Hi", stream=True)
            with pytest.raises(StreamInterruptedError, match="restarted its answer") as caught:
                list(stream)
        assert len(server.requests) == 2
    assert caught.value.partial is not None
    assert caught.value.partial.content == BEGUN


@pytest.mark.parametrize(
    ("model", "cut", "more"),
    [
        ("anthropic:tools", 10, {"tools": [ADD], "auto_tool": False}),
        ("anthropic:think", 6, {}),
        ("anthropic:claude-sonnet-4-5", 6, {"response_format": Place}),
    ],
)
def test_what_is_more_than_text_is_raised(
    server: Simulator, model: str, cut: int, more: dict[str, Any]
) -> None:
    fallback = Fallback(prefill=3, ways={"anthropic": "plain"})
    with client(server, fallback) as chimeric:
        before = len(server.requests)
        stream = chimeric.generate(model, STORY, **asking(cut_after=cut), **more)
        with pytest.raises(StreamInterruptedError):
            list(stream)
        assert len(server.requests) == before + 1


def test_what_the_caller_has_begun_is_left_to_him(server: Simulator) -> None:
    asked = [{"role": "user", "content": STORY}, {"role": "assistant", "content": "Once"}]
    with client(server, Fallback(prefill=1)) as chimeric:
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(CLAUDE, asked, **asking(joins=[{"cut_after": 9}])).collect()


def test_a_refused_beginning_is_told_with_the_cut(server: Simulator) -> None:
    asked = asking(cut_after=20, joins=[{"status": 400}])
    with client(server, Fallback(prefill=1)) as chimeric:
        stream = chimeric.generate(CLAUDE, STORY, **asked)
        with pytest.raises(StreamInterruptedError, match="could not be gone on with") as caught:
            list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content


def test_a_refused_beginning_begins_anew_where_that_is_allowed(server: Simulator) -> None:
    asked = asking(cut_after=20, joins=[{"status": 400}])
    fallback = Fallback({"*": [MISTRAL]}, prefill=1, after_content=True)
    with client(server, fallback) as chimeric, pytest.warns(TranslationWarning):
        chunks = list(chimeric.generate(CLAUDE, STORY, **asked))
    assert sum("restarted" in chunk.metadata for chunk in chunks) == 1


def test_asyncio_and_trio_go_on_too(server: Simulator) -> None:
    with client(server) as chimeric:
        whole = whole_of(chimeric, CLAUDE)

    async def run() -> str:
        async with client(server, Fallback(prefill=1)) as chimeric:
            stream = await chimeric.agenerate(CLAUDE, STORY, **asking(cut_after=25))
            return told([chunk async for chunk in stream])

    assert asyncio.run(run()) == whole
    assert trio.run(run) == whole


def test_the_environment_may_ask_for_it(server: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    import chimeric_fallback
    from chimeric_fallback.environment import of_environment

    monkeypatch.setenv("CHIMERIC_FALLBACK_PREFILL", "2")
    assert of_environment()._prefill == 2
    assert not hasattr(chimeric_fallback, "chimeric_stream_processor")  # it was not set at load
