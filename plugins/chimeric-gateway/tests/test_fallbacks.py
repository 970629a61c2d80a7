"""Fallbacks are asked on what passes and where an account is empty, and never after content."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chimeric_testing import Close, SeenRequest
from chimeric_testing.server import chunked

pytest.importorskip("chimeric_sim", reason="the simulator is the fallback")
pytest.importorskip("chimeric_fallback", reason="fallbacks are an extra")

PATHS = ("/v1/chat/completions", "/v1/messages", "/v1/responses")
EMPTY = {"error": {"code": "insufficient_quota", "type": "insufficient_quota", "message": "Pay."}}


def replying(status: int, body: Any = None) -> Callable[[SeenRequest], Iterator[bytes]]:
    data = json.dumps({"error": {"message": "no"}} if body is None else body).encode()

    def reply(request: SeenRequest) -> Iterator[bytes]:
        head = f"HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\n"
        yield f"{head}content-length: {len(data)}\r\n\r\n".encode() + data

    return reply


def hanging_up(request: SeenRequest) -> Iterator[Any]:
    yield Close()


def cut_after_content(request: SeenRequest) -> Iterator[Any]:
    event = {"choices": [{"index": 0, "delta": {"content": "Once "}, "finish_reason": None}]}
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
    yield b"transfer-encoding: chunked\r\n\r\n"
    yield next(iter(chunked([b"data: " + json.dumps(event).encode() + b"\n\n"])))
    yield Close()


def settings(url: str, *fallbacks: str, **more: Any) -> dict[str, Any]:
    first = {"provider": "compatible", "base_url": f"{url}/v1", "api_key": "sk-upstream"}
    return {
        "endpoints": {"first": first},
        "models": {
            "fast": {"model": "first:gpt", "fallbacks": list(fallbacks or ["second"])},
            "second": {"model": "sim:echo"},
        },
        **more,
    }


def body(path: str, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"model": "fast", **more}
    if path.endswith("responses"):
        return {**told, "input": "Hello there"}
    told["messages"] = [{"role": "user", "content": "Hello there"}]
    return {**told, "max_tokens": 100} if path.endswith("messages") else told


@pytest.mark.parametrize(
    ("path", "stream"),
    [(PATHS[0], False), (PATHS[0], True), (PATHS[1], True), (PATHS[2], False)],
)
@pytest.mark.parametrize(
    "answer",
    [
        replying(408),
        replying(409),
        replying(429),
        replying(500),
        replying(503),
        replying(402, {"error": {"message": "Insufficient balance"}}),
        replying(429, EMPTY),
        replying(400, EMPTY),
        hanging_up,
    ],
    ids=["408", "409", "429", "500", "503", "402", "429 no money", "400 no money", "hang up"],
)
def test_what_passes_and_an_empty_account_are_answered_by_the_fallback(
    answer: Any, path: str, stream: bool, upstream: Any, serving: Any, ask: Any
) -> None:
    server = upstream(answer)
    with serving(settings(server.url)) as url:
        told = ask(url, path, body(path, stream=stream))
    assert told.status_code == 200, told.text
    assert "Hello" in told.text
    assert '"model":"fast"' in told.text.replace(" ", "")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_another_model_would_not_mend_is_told(
    status: int, upstream: Any, serving: Any, ask: Any
) -> None:
    server = upstream(replying(status))
    with serving(settings(server.url)) as url:
        told = ask(url, PATHS[0], body(PATHS[0]))
    assert told.status_code == (502 if status in (401, 403) else status)
    assert "sk-upstream" not in told.text


@pytest.mark.parametrize("path", PATHS)
def test_after_content_no_other_model_is_asked(
    path: str, upstream: Any, serving: Any, ask: Any
) -> None:
    server = upstream(cut_after_content)
    with serving(settings(server.url)) as url:
        told = ask(url, path, body(path, stream=True))
    assert told.status_code == 200
    assert "Once" in told.text
    assert "Hello" not in told.text
    assert "error" in told.text
    assert "[DONE]" not in told.text
    assert "message_stop" not in told.text
    assert "response.completed" not in told.text


def test_fallbacks_are_asked_in_order_and_the_last_error_is_told_truthfully(
    upstream: Any, serving: Any, ask: Any
) -> None:
    one, two = upstream(replying(503)), upstream(replying(500))
    told = settings(one.url, "backup:m")
    backup = {"provider": "compatible", "base_url": f"{two.url}/v1", "api_key": "sk-backup"}
    told["endpoints"]["backup"] = backup
    with serving(told) as url:
        answer = ask(url, PATHS[0], body(PATHS[0]))
    assert answer.status_code in (502, 503)
    assert (len(one.requests), len(two.requests)) == (1, 1)
    assert two.requests[0].headers["authorization"] == "Bearer sk-backup"
    for secret in ("sk-upstream", "sk-backup", "127.0.0.1"):
        assert secret not in answer.text
