"""What was answered once is not asked again, and comes as the same stream."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from chimeric_cache import Cache, SQLiteStore
from chimeric_cache.environment import of_environment
from chimeric_cache.keys import HEADERS, PARTS, key_of
from chimeric_cache.pace import Pace
from chimeric_cache.rows import Row
from chimeric_redact import Redact
from chimeric_testing import Close

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    Context,
    Delta,
    FinishedTurn,
    Message,
    Request,
    StreamChunk,
    StreamInterruptedError,
    TextPart,
    TextProcessor,
    hookimpl,
)

from .conftest import CALL, MODES, Server, ask_all, event, texts


def told(response: Any) -> Any:
    return response.metadata["answer_cache"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_the_second_question_is_answered_out_of_the_store(
    server: Server, path: Path, mode: str, stream: bool
) -> None:
    client = server.client(Cache(path))
    first, second, other = ask_all(mode, client, {}, {}, {"messages": "Other"}, stream=stream)
    assert [first.content, second.content, other.content] == ["Once upon"] * 3
    assert told(first) == told(other) == {"hit": False}
    assert told(second)["hit"] is True
    assert 0 <= told(second)["age"] < 60
    assert second.finish_reason == "stop"
    assert server.asked == 2


def test_a_hit_is_the_same_stream_and_an_answer_to_who_wants_it_whole(
    server: Server, path: Path
) -> None:
    with server.client(Cache(path)) as client:
        seen = [
            [chunk.delta for chunk in client.generate("compatible:m", "Hi", stream=True)]
            for _ in range(2)
        ]
        whole = client.generate("compatible:m", "Hi")
    assert seen[0] == seen[1]
    assert whole.content == "Once upon"
    assert server.asked == 1


def test_tokens_of_a_hit_are_saved_and_not_spent(server: Server, path: Path) -> None:
    first, second = ask_all("sync", server.client(Cache(path)), {}, {})
    assert first.usage.total_tokens == 10
    assert second.usage.total_tokens == second.usage.prompt_tokens == 0
    assert told(second)["saved"]["total_tokens"] == 10


def test_a_hit_needs_no_key(server: Server, path: Path) -> None:
    base = {"openai": f"{server.loopback.url}/v1"}
    ask: Any = {"model": "openai:m", "messages": "Hi", "stream": True, "api": "chat_completions"}
    pytest.importorskip("chimeric_openai")
    with Chimeric(base_urls=base, api_keys={"openai": "k"}, plugins=[Cache(path)]) as client:
        client.generate(**ask).collect()
    with Chimeric(base_urls=base, plugins=[Cache(path)]) as client:
        assert client.generate(**ask).collect().content == "Once upon"
    assert server.asked == 1


@pytest.mark.parametrize("mode", MODES)
def test_each_turn_of_a_tool_loop_is_kept_and_tools_run_again(
    server: Server, path: Path, mode: str
) -> None:
    ran: list[str] = []

    def now() -> str:
        """Tell the time."""
        ran.append("noon")
        return "noon"

    server.said = lambda body: (
        CALL if body["messages"][-1]["role"] == "user" else texts("It is ", "noon")
    )
    first, second = ask_all(mode, server.client(Cache(path)), {"tools": [now]}, {"tools": [now]})
    assert first.content == second.content == "It is noon"
    assert [m.role for m in second.messages] == [m.role for m in first.messages]
    assert ran == ["noon", "noon"]
    assert server.asked == 2


@pytest.mark.parametrize("index", [{"index": 0}, {}], ids=["numbered", "unnumbered"])
def test_a_call_without_an_id_is_known_again_in_the_next_turn(
    server: Server, path: Path, index: dict[str, int]
) -> None:
    call = {**index, "type": "function", "function": {"name": "now", "arguments": "{}"}}
    asked = [event(tool_calls=[call]), *texts(finish="tool_calls")]
    server.said = lambda body: asked if body["messages"][-1]["role"] == "user" else texts("Noon")

    def now() -> str:
        """Tell the time."""
        return "noon"

    responses = ask_all("sync", server.client(Cache(path)), *[{"tools": [now]}] * 3)
    assert [response.content for response in responses] == ["Noon"] * 3
    assert server.asked == 2


def test_what_is_kept_is_what_the_provider_sent_and_passes_middleware_again(
    server: Server, path: Path
) -> None:
    server.said = lambda body: texts("mail bob@exam", "ple.com")
    (first,) = ask_all("sync", server.client(Redact(), Cache(path)), {})
    (plain,) = ask_all("sync", server.client(Cache(path)), {})
    (second,) = ask_all("sync", server.client(Cache(path), Redact()), {})
    assert first.content == second.content == "mail [email]"
    assert plain.content == "mail bob@example.com"
    assert second.metadata["redactions"] == {"email": 1}
    assert server.asked == 1


@pytest.mark.parametrize(
    "change",
    [
        {"messages": "Other"},
        {"messages": [Message("user", (TextPart("Hi", extra={"cache_control": {}}),))]},
        {"temperature": 0.5},
        {"seed": 1},
        {"stop": ["x"]},
        {"extra_body": {"top_k": 3}},
        {"top_k": 3},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "now", "parameters": {}}}]},
        {"extra_headers": {"OpenAI-Beta": "x"}},
    ],
    ids=str,
)
def test_another_request_is_another_answer(server: Server, path: Path, change: Any) -> None:
    server.said = lambda body: texts('{"a": 1}')
    ask_all("sync", server.client(Cache(path)), {}, change, {}, change)
    assert server.asked == 2


def test_headers_that_carry_keys_and_traces_do_not_count(server: Server, path: Path) -> None:
    calls = [{"extra_headers": {"traceparent": f"00-{n}", "x-key": f"k{n}"}} for n in range(3)]
    ask_all("sync", server.client(Cache(path)), *calls)
    assert server.asked == 1


def test_parts_say_what_has_to_be_the_same(server: Server, path: Path) -> None:
    cache = Cache(path, parts=["model", "messages"])
    ask_all("sync", server.client(cache), {}, {"seed": 1}, {"messages": "Other"})
    assert server.asked == 2


@pytest.mark.parametrize("scope", ["tenant", lambda context: context.user["tenant"]])
def test_scopes_part_the_answers_of_tenants(server: Server, path: Path, scope: Any) -> None:
    calls = [{"user_context": {"tenant": tenant}} for tenant in ("a", "b", "a", "b")]
    ask_all("sync", server.client(Cache(path, scope=scope)), *calls)
    assert server.asked == 2


def test_some_calls_have_nothing_to_do_with_it(server: Server, path: Path) -> None:
    cache = Cache(path, when=lambda request, context: request.temperature != 1)
    responses = ask_all("sync", server.client(cache), {"temperature": 1}, {"temperature": 1})
    assert server.asked == 2
    assert "answer_cache" not in responses[1].metadata


def test_what_was_cut_off_closed_or_empty_is_never_kept(server: Server, path: Path) -> None:
    with server.client(Cache(path)) as client:
        server.said = lambda body: [event(content="Once"), Close()]
        with pytest.raises(StreamInterruptedError):
            client.generate("compatible:m", "Hi", stream=True).collect()
        server.said = lambda body: texts("Once ", "upon")
        stream = client.generate("compatible:m", "Hi", stream=True)
        next(iter(stream))
        stream.close()
        server.said = lambda body: texts()
        assert client.generate("compatible:m", "Hi", stream=True).collect().content == ""
        server.said = lambda body: texts("Whole")
        assert client.generate("compatible:m", "Hi", stream=True).collect().content == "Whole"
        assert client.generate("compatible:m", "Hi", stream=True).collect().content == "Whole"
    assert server.asked == 4


@pytest.mark.parametrize(("keep", "asked"), [((), 2), (("length",), 1)])
def test_what_ended_at_its_length_is_kept_only_when_asked(
    server: Server, path: Path, keep: tuple[str, ...], asked: int
) -> None:
    server.said = lambda body: texts("Once", finish="length")
    ask_all("sync", server.client(Cache(path, keep=("stop", *keep))), {}, {})
    assert server.asked == asked


def test_an_answer_of_another_model_is_not_kept_as_that_of_the_first(
    server: Server, path: Path
) -> None:
    class Elsewhere:
        @hookimpl
        def chimeric_recover(self, error: ChimericError, context: Context) -> Request:
            return context.request.replace(model="compatible:other", provider=None)

    def said(body: Any) -> list[Any]:
        return texts("other") if body["model"] == "other" else [event(content=""), Close()]

    server.said = said
    ask_all("sync", server.client(Cache(path), Elsewhere()), {}, {})
    assert server.asked == 4


def test_an_old_answer_is_asked_for_anew(server: Server, path: Path) -> None:
    cache = Cache(path, max_age=0.2)
    with server.client(cache) as client:
        client.generate("compatible:m", "Hi")
        time.sleep(0.25)
        assert told(client.generate("compatible:m", "Hi")) == {"hit": False}
    assert server.asked == 2


def test_the_recorded_pace_is_kept_where_it_is_wanted(server: Server, path: Path) -> None:
    deltas = [Delta(text="a"), Delta(text="b"), Delta(text="c"), Delta(finish_reason="stop")]
    request = Request(model="compatible:m", messages=(Message("user", "Hi"),), stream=True)
    turn = FinishedTurn(text="abc", finish_reason="stop", deltas=tuple(deltas))
    row = Row.of(turn, at=time.time(), pace=[(0.1, 1), (0.2, 2), (0.4, 3)])
    SQLiteStore(path).put(key_of(request, PARTS, "", HEADERS), row.encoded())
    came: list[float] = []
    with server.client(Cache(path, pace="recorded")) as client:
        began = time.monotonic()
        for chunk in client.generate("compatible:m", "Hi", stream=True):
            if chunk.delta:
                came.append(time.monotonic() - began)
    assert server.asked == 0
    assert all(piece >= least for piece, least in zip(came, (0.1, 0.2, 0.4), strict=True))


def test_the_pace_of_an_answer_is_noted(server: Server, path: Path) -> None:
    pace = Pace()
    pace.begin()
    pace.process(StreamChunk("ab"))
    pace.process(StreamChunk("c", reasoning="d"))
    assert [size for _, size in pace.notes] == [2, 4]


def test_native_streams_are_left_alone(server: Server, path: Path) -> None:
    with server.client(Cache(path)) as client:
        for _ in range(2):
            list(client.generate("compatible:m", "Hi", stream=True, native=True))
    assert server.asked == 2


def test_two_caches_on_one_client_keep_apart(server: Server, tmp_path: Path) -> None:
    outer, inner = Cache(tmp_path / "a.db"), Cache(tmp_path / "b.db")
    ask_all("sync", server.client(outer, inner), {}, {})
    ask_all("sync", server.client(inner), {})
    assert server.asked == 1


class Withholding(TextProcessor):
    withholds = True

    def process_text(self, text: str) -> str:
        return text


class Guarded:
    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Withholding:
        return Withholding()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_a_hit_is_told_behind_a_guard_that_withholds(
    server: Server, path: Path, mode: str, stream: bool
) -> None:
    client = server.client(Cache(path), Guarded())
    first, second = ask_all(mode, client, {}, {}, stream=stream)
    assert [told(first)["hit"], told(second)["hit"]] == [False, True]
    assert told(second)["age"] >= 0


def test_an_age_of_the_environment_that_is_none_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIMERIC_CACHE", str(path))
    for wrong in ("a day", "0", "nan"):
        monkeypatch.setenv("CHIMERIC_CACHE_MAX_AGE", wrong)
        with pytest.raises(ConfigurationError, match=f"CHIMERIC_CACHE_MAX_AGE .* not '{wrong}'"):
            of_environment()


def test_the_environment_sets_it_for_all_clients(server: Server, path: Path) -> None:
    source = (
        "import sys; from chimeric import Chimeric\n"
        "client = Chimeric(base_urls={'compatible': sys.argv[1]})\n"
        "for _ in range(2):\n"
        "    response = client.generate('compatible:m', 'Hi')\n"
        "    print(response.metadata['answer_cache']['hit'])"
    )
    told = subprocess.run(
        [sys.executable, "-c", source, f"{server.loopback.url}/v1"],
        env={**os.environ, "CHIMERIC_CACHE": str(path), "CHIMERIC_CACHE_MAX_AGE": "60"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.split() == ["False", "True"]
    assert server.asked == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": ["mode"]},
        {"pace": "fast"},
        {"on_error": "ignore"},
        {"max_age": 0},
        {"max_age": float("nan")},
        {"wait": 0},
    ],
    ids=str,
)
def test_a_wrong_setting_is_told_at_once(path: Path, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"must be|is none of"):
        Cache(path, **wrong)
