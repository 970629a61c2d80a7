"""Caches and hedges of the file do for clients what their distributions do for programs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_gateway.clients import hash_of
from chimeric_testing import SeenRequest
from chimeric_testing.server import chunked

pytest.importorskip("chimeric_sim", reason="the simulator answers here")

PATH = "/v1/chat/completions"


def chat(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"model": "fast", "messages": [{"role": "user", "content": text}], **more}


def key(name: str) -> dict[str, str]:
    return {"x-api-key": f"the key of {name}"}


def settings(url: str, **more: Any) -> dict[str, Any]:
    names = ("ann", "bob")
    return {
        "endpoints": {
            "up": {"provider": "compatible", "base_url": f"{url}/v1", "api_key": "sk-upstream"}
        },
        "models": {"fast": {"model": "up:m"}},
        "clients": {n: {"key_hash": f"sha256:{hash_of(f'the key of {n}')}"} for n in names},
        **more,
    }


def event(text: str | None, finish: str | None = None) -> bytes:
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: %b\n\n" % json.dumps({"choices": choices}).encode()


def answering(*texts: str) -> Any:
    """A server that streams, or answers whole; each answer has its number."""
    count = iter(range(1, 1000))

    def reply(request: SeenRequest) -> Iterator[bytes]:
        said = "".join(texts) + f" {next(count)}"
        if json.loads(request.body).get("stream"):
            yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            yield b"transfer-encoding: chunked\r\n\r\n"
            yield from chunked([event(said), event(None, "stop"), b"data: [DONE]\n\n"])
            return
        message = {"role": "assistant", "content": said}
        told = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        data = json.dumps(told).encode()
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        yield f"{head}content-length: {len(data)}\r\n\r\n".encode() + data

    return reply


def said(answer: Any) -> str:
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


def test_an_answer_of_the_cache_is_the_same_whoever_speaks_which_protocol(
    upstream: Any, serving: Any, ask: Any, tmp_path: Path
) -> None:
    pytest.importorskip("chimeric_cache", reason="the cache is an extra")
    server = upstream(answering("Said"))
    told = settings(server.url, cache={"store": str(tmp_path / "answers.db")})
    with serving(told) as url:
        first = ask(url, PATH, chat(), headers=key("ann"))
        again = ask(url, PATH, chat(), headers=key("ann"))
        streamed = ask(url, PATH, chat(stream=True), headers=key("ann"))
        other = ask(url, PATH, chat("Another question"), headers=key("ann"))
    assert said(first) == said(again) == "Said 1"
    assert "Said 1" in streamed.text
    assert streamed.text.rstrip().endswith("data: [DONE]")
    assert said(other) == "Said 2"
    assert len(server.requests) == 2


@pytest.mark.parametrize("shared", [False, True])
def test_clients_get_each_others_answers_only_where_the_file_says_so(
    shared: bool, upstream: Any, serving: Any, ask: Any, tmp_path: Path
) -> None:
    pytest.importorskip("chimeric_cache", reason="the cache is an extra")
    server = upstream(answering("Said"))
    cache = {"store": str(tmp_path / "answers.db"), "shared": shared}
    with serving(settings(server.url, cache=cache)) as url:
        assert said(ask(url, PATH, chat(), headers=key("ann"))) == "Said 1"
        bobs = said(ask(url, PATH, chat(), headers=key("bob")))
    assert bobs == ("Said 1" if shared else "Said 2")


def test_a_model_may_have_no_cache(upstream: Any, serving: Any, ask: Any, tmp_path: Path) -> None:
    pytest.importorskip("chimeric_cache", reason="the cache is an extra")
    server = upstream(answering("Said"))
    told = settings(server.url, cache={"store": str(tmp_path / "answers.db")})
    told["models"]["fast"]["cache"] = False
    with serving(told) as url:
        answers = [said(ask(url, PATH, chat(), headers=key("ann"))) for _ in range(2)]
    assert answers == ["Said 1", "Said 2"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_slow_model_is_hedged(stream: bool, upstream: Any, serving: Any, ask: Any) -> None:
    pytest.importorskip("chimeric_hedge", reason="hedges are an extra")
    over = threading.Event()

    def silent(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        yield b"transfer-encoding: chunked\r\n\r\n"
        over.wait(30)

    slow, quick = upstream(silent), upstream(answering("Quick"))
    told = settings(slow.url)
    del told["clients"]
    told["endpoints"]["quick"] = {
        "provider": "compatible", "base_url": f"{quick.url}/v1", "api_key": "sk-quick",
    }  # fmt: skip
    told["models"]["fast"]["hedge"] = {"models": ["quick:m"], "delay": 0.2}
    try:
        with serving(told) as url:
            answer = ask(url, PATH, chat(stream=stream))
    finally:
        over.set()
    assert answer.status_code == 200
    assert "Quick 1" in answer.text
    assert quick.requests[0].headers["authorization"] == "Bearer sk-quick"


@pytest.mark.parametrize("per", ["client", "model"])
def test_limits_may_hold_for_each_client(per: str, upstream: Any, serving: Any, ask: Any) -> None:
    pytest.importorskip("chimeric_limit", reason="limits are an extra")
    server = upstream(answering("Said"))
    told = settings(server.url, limit={"requests": 1, "per": [per]})
    with serving(told) as url:
        asked = [ask(url, PATH, chat(), headers=key(name)) for name in ("ann", "ann", "bob")]
    assert [a.status_code for a in asked] == [200, 429, 200 if per == "client" else 429]


def test_a_limit_for_all_models_holds_where_the_file_names_none(serving: Any, ask: Any) -> None:
    pytest.importorskip("chimeric_limit", reason="limits are an extra")
    with serving({"limit": {"requests": 1}}) as url:
        body = {**chat(), "model": "sim:echo"}
        assert [ask(url, PATH, body).status_code for _ in range(2)] == [200, 429]


def test_params_of_a_model_are_for_what_the_client_does_not_say(
    upstream: Any, serving: Any, ask: Any
) -> None:
    server = upstream(answering("Said"))
    told = settings(server.url)
    told["models"]["fast"]["params"] = {"temperature": 0.25, "max_tokens": 7}
    with serving(told) as url:
        ask(url, PATH, chat(temperature=0.5), headers=key("ann"))
        ask(url, PATH, chat(), headers=key("ann"))
    sent = [json.loads(request.body) for request in server.requests]
    assert [body["temperature"] for body in sent] == [0.5, 0.25]
    assert 7 in (sent[1].get("max_tokens"), sent[1].get("max_completion_tokens"))
