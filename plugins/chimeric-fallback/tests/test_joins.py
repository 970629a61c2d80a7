"""Responses in the background, cut and joined again, against the simulator."""

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

from chimeric import (
    Chimeric,
    CompletionResponse,
    ConfigurationError,
    NotFoundError,
    RequestTimeoutError,
    ServerError,
    StreamChunk,
    StreamInterruptedError,
    TextPart,
    Timeout,
    TranslationWarning,
)

MODEL = "openai:gpt-5.4-mini"
STORY = "Tell me about lighthouses in 60 words"
CUTS = int(os.environ.get("CHIMERIC_CUTS", "200"))
ADD = {
    "name": "add",
    "parameters": {
        "type": "object",
        "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}},
        "required": ["x", "y"],
    },
}


class Place(msgspec.Struct):
    name: str
    height: int


@pytest.fixture(scope="module")
def server() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def client(sim: Simulator, *plugins: Any, **more: Any) -> Chimeric:
    url = sim.base_url("openai")
    return Chimeric(openai_api_key="k", openai_base_url=url, plugins=plugins, **more)


def asking(**sim: Any) -> dict[str, Any]:
    return {"stream": True, "background": True, "extra_body": {"sim": {"seed": 7, **sim}}}


def told(chunks: list[StreamChunk]) -> str:
    return "".join(chunk.delta or "" for chunk in chunks)


def continued(chunks: list[StreamChunk]) -> int:
    return sum("continued" in chunk.metadata for chunk in chunks)


def cited(answer: CompletionResponse) -> list[Any]:
    """The texts, and what each of them cites."""
    texts = [part for part in answer.parts if isinstance(part, TextPart)]
    return [(t.text, [(c.url, c.title, c.start, c.end) for c in t.citations]) for t in texts]


def places(sim: Simulator, chimeric: Chimeric, model: str, text: str, **more: Any) -> range:
    """Where a stream may be cut: behind its first event, which tells the id, before its end."""
    chimeric.generate(model, text, **asking(), **more).collect()
    url, key = f"{sim.base_url('openai')}/responses", {"authorization": "Bearer k"}
    whole = httpx.post(url, json=sim.requests[-1].body, headers=key).content
    return range(whole.index(b"\n\n") + 2, len(whole))


def test_an_answer_that_is_cut_at_any_byte_is_the_uncut_one(server: Simulator) -> None:
    numbers = random.Random(22)
    with client(server, Fallback()) as chimeric:
        spots = places(server, chimeric, MODEL, STORY)
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        for _ in range(CUTS):
            cut = numbers.choice(spots)
            stream = chimeric.generate(MODEL, STORY, **asking(cut_bytes=cut))
            chunks = list(stream)
            assert told(chunks) == whole.content, cut
            assert stream.response.parts == whole.parts
            assert stream.response.usage == whole.usage
            assert stream.response.finish_reason == "stop"
            assert "restarted" not in stream.response.metadata


def test_tools_reasoning_and_citations_go_on_after_a_cut(server: Simulator) -> None:
    numbers = random.Random(23)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("openai:tools", "add both", {"tools": [ADD], "auto_tool": False}),
        ("openai:think", STORY, {"reasoning": {"summary": "auto"}}),
        ("openai:show", "Show all of it", {}),
    ]
    with client(server, Fallback()) as chimeric:
        for model, text, more in asked:
            spots = places(server, chimeric, model, text, **more)
            whole = chimeric.generate(model, text, **asking(), **more).collect()
            for _ in range(15):
                cut = numbers.choice(spots)
                answer = chimeric.generate(model, text, **asking(cut_bytes=cut), **more).collect()
                assert answer.content == whole.content
                assert answer.reasoning == whole.reasoning
                calls = [(call.name, call.arguments) for call in answer.tool_calls]
                assert calls == [(call.name, call.arguments) for call in whole.tool_calls]
                assert list(map(type, answer.parts)) == list(map(type, whole.parts))
                assert cited(answer) == cited(whole)


def test_structured_output_goes_on_after_a_cut(server: Simulator) -> None:
    asked: dict[str, Any] = {"response_format": Place}
    with client(server, Fallback()) as chimeric:
        whole = chimeric.generate("openai:structured", STORY, **asking(), **asked).collect()
        stream = chimeric.generate("openai:structured", STORY, **asking(cut_after=7), **asked)
        assert continued(list(stream)) == 1
        assert stream.response.parsed == whole.parsed


def test_a_join_that_is_cut_is_joined_again(server: Simulator) -> None:
    with client(server, Fallback(joins=1)) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        joins = [{"cut_after": 2}] * 5 + [{"cut_bytes": 700}] * 5
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=12, joins=joins))
        chunks = list(stream)
    assert told(chunks) == whole.content
    assert continued(chunks) == 11
    assert stream.response.usage == whole.usage


def test_joins_that_bring_nothing_are_bounded(server: Simulator) -> None:
    joins = [{"cut_after": 0}] * 9
    with client(server, Fallback(joins=2)) as chimeric:
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=12, joins=joins))
        with pytest.raises(StreamInterruptedError, match="could not be joined again") as caught:
            list(stream)
    assert caught.value.partial is not None
    assert caught.value.partial.content
    gets = [r for r in server.requests if r.method == "GET" and r.query["starting_after"] == "11"]
    assert len(gets[-2:]) == 2


def test_a_server_that_is_busy_is_asked_again(server: Simulator) -> None:
    joins = [{"status": 503}, {"status": 429, "retry_after": 0.01}]
    with client(server, Fallback()) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        answer = chimeric.generate(MODEL, STORY, **asking(cut_after=9, joins=joins)).collect()
    assert answer.content == whole.content


def test_what_is_not_kept_is_told_with_what_came(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=12, forgets=True))
        with pytest.raises(StreamInterruptedError, match="not found") as caught:
            list(stream)
    assert isinstance(caught.value.__cause__, NotFoundError)
    assert caught.value.partial is not None
    assert caught.value.partial.content


def test_what_is_not_kept_begins_anew_where_that_is_allowed(server: Simulator) -> None:
    fallback = Fallback({"*": ["compatible:story"]}, after_content=True)
    url = server.base_url("openai")
    with client(server, fallback, base_url=url, api_key="k") as chimeric:
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=12, forgets=True))
        with pytest.warns(TranslationWarning, match="sim"):
            chunks = list(stream)
    assert sum("restarted" in chunk.metadata for chunk in chunks) == 1
    assert stream.response.metadata["model"] == "story"


def test_events_that_come_again_are_not_doubled(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        joins = [{"shift": -6}]
        answer = chimeric.generate(MODEL, STORY, **asking(cut_after=20, joins=joins)).collect()
    assert answer.content == whole.content


def test_events_that_are_missing_are_asked_for_again(server: Simulator) -> None:
    with client(server, Fallback(joins=2)) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        asked = asking(cut_after=20, joins=[{"shift": 2}])
        assert chimeric.generate(MODEL, STORY, **asked).collect().content == whole.content
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=20, joins=[{"shift": 2}] * 9))
        with pytest.raises(StreamInterruptedError, match="number 22 came after number 19"):
            list(stream)


def test_endings_are_told_after_a_join(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        short = chimeric.generate(MODEL, STORY, **asking(cut_after=12), max_tokens=20).collect()
        assert short.finish_reason == "length"
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=12, fail_after=20))
        with pytest.raises(ServerError) as caught:
            list(stream)
        assert caught.value.partial is not None
        assert caught.value.partial.content
        posts = len([r for r in server.requests if r.method == "POST"])
        paced = asking(cut_after=6, rate=10)
        stream = chimeric.generate(MODEL, STORY, **paced)
        chunks = [next(stream) for _ in range(3)]
        response_id = _last_id(server)
        _cancel(server, response_id)
        chunks += list(stream)
        assert stream.response.metadata["finish_reason_native"] == "cancelled"
        assert stream.response.finish_reason == "other"
        assert len([r for r in server.requests if r.method == "POST"]) == posts + 2


def _last_id(server: Simulator) -> str:
    return next(reversed(server._service.runs._entries))


def _cancel(server: Simulator, response_id: str) -> None:
    url = f"{server.base_url('openai')}/responses/{response_id}/cancel"
    assert httpx.post(url, headers={"authorization": "Bearer k"}).status_code == 200


def test_a_queued_answer_needs_no_join(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        stream = chimeric.generate(MODEL, STORY, **asking(queued=0.2))
        chunks = list(stream)
    assert told(chunks) == whole.content
    assert continued(chunks) == 0


@pytest.mark.parametrize("events", [1, 2, 3])
def test_before_content_there_is_no_second_answer(server: Simulator, events: int) -> None:
    with client(server, Fallback()) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        posts = [r for r in server.requests if r.method == "POST"]
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=events, queued=0.1))
        chunks = list(stream)
    assert told(chunks) == whole.content
    assert continued(chunks) == 0  # nothing was given out that could have gone on
    assert len([r for r in server.requests if r.method == "POST"]) == len(posts) + 1


def test_a_cut_answer_that_is_not_in_the_background_is_raised(server: Simulator) -> None:
    with client(server, Fallback()) as chimeric:
        asked = {**asking(cut_after=12), "background": False}
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(MODEL, STORY, **asked).collect()


def test_nobody_joins_where_that_is_not_wanted(server: Simulator) -> None:
    with client(server, Fallback(joins=0)) as chimeric:
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(MODEL, STORY, **asking(cut_after=12)).collect()


def test_the_installed_plugin_joins_by_itself(
    server: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with client(server) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        answer = chimeric.generate(MODEL, STORY, **asking(cut_after=12)).collect()
        assert answer.content == whole.content
        monkeypatch.setenv("CHIMERIC_FALLBACK_JOINS", "0")
        with pytest.raises(StreamInterruptedError):
            chimeric.generate(MODEL, STORY, **asking(cut_after=12)).collect()


def test_a_number_that_is_none_is_told(server: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIMERIC_FALLBACK_JOINS", "many")
    with client(server) as chimeric, pytest.raises(ConfigurationError, match="must be a number"):
        chimeric.generate(MODEL, "Hi")


def test_headers_of_the_caller_go_to_the_provider_that_joins(server: Simulator) -> None:
    headers = {"x-team-token": "secret-of-openai"}
    with client(server, Fallback()) as chimeric:
        asked = asking(cut_after=12)
        chimeric.generate(MODEL, STORY, **asked, extra_headers=headers).collect()
    last = server.requests[-1]
    assert (last.method, last.headers["x-team-token"]) == ("GET", "secret-of-openai")
    assert last.headers["authorization"] == "Bearer ****"


def test_the_limit_of_the_whole_call_is_told_as_such(server: Simulator) -> None:
    with client(server, Fallback(), timeout=Timeout(total=0.4)) as chimeric:
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=9, joins=[{"delay": 5}]))
        with pytest.raises(RequestTimeoutError) as caught:
            list(stream)
    assert caught.value.phase == "total"


def test_a_stream_that_falls_silent_is_joined_again(server: Simulator) -> None:
    with client(server, Fallback(), timeout=Timeout(gap=1)) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()
        stream = chimeric.generate(MODEL, STORY, **asking(cut_after=9, joins=[{"delay": 5}, {}]))
        assert told(list(stream)) == whole.content


def test_asyncio_and_trio_join_too(server: Simulator) -> None:
    with client(server) as chimeric:
        whole = chimeric.generate(MODEL, STORY, **asking()).collect()

    async def run() -> str:
        async with client(server, Fallback()) as chimeric:
            joins = [{"status": 503}, {"cut_after": 3}]
            asked = asking(cut_after=12, joins=joins)
            stream = await chimeric.agenerate(MODEL, STORY, **asked)
            return told([chunk async for chunk in stream])

    assert asyncio.run(run()) == whole.content
    assert trio.run(run) == whole.content
