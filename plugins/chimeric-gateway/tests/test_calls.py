"""What a client hears of an upstream: its failures, and its silence."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from chimeric_testing import Close, LoopbackServer, Pause, Reset, SeenRequest

PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")
KEY = "sk-upstream-key-of-the-gateway-0123456789"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-secret-mark: mark-4711\r\n\r\n"

Upstream = Callable[..., LoopbackServer]


def settings(server: LoopbackServer, **more: Any) -> dict[str, Any]:
    endpoint = {"provider": "compatible", "base_url": f"{server.url}/v1", "api_key": KEY}
    return {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:m"}}, **more}


@pytest.fixture(scope="module")
def shared(new_place: Callable[[str], Any]) -> Iterator[Any]:
    with new_place(KEY) as place:
        yield place


@pytest.fixture
def place(shared: Any) -> Any:
    """The gateway of all tests here that need no other settings."""
    return shared


def body(path: str, *, stream: bool, **more: Any) -> dict[str, Any]:
    """A request in the protocol of a path."""
    if path == "/v1/responses":
        return {"model": "fast", "stream": stream, "input": "Hi", **more}
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": "fast", "stream": stream, "max_tokens": 9, "messages": messages, **more}


def event(**choice: Any) -> bytes:
    choices = [{"index": 0, "delta": {}, "finish_reason": None, **choice}]
    return f"data: {json.dumps({'id': 'c1', 'choices': choices})}\n\n".encode()


def text(content: str) -> bytes:
    return event(delta={"content": content})


GOOD = [text("Hel"), text("lo"), event(finish_reason="stop"), b"data: [DONE]\n\n"]


def replied(status: int, content: Any, *headers: str) -> Callable[[SeenRequest], Iterator[Any]]:
    """An upstream that answers with a status and a JSON body."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = [
        f"HTTP/1.1 {status} Told",
        f"content-length: {len(data)}",
        "x-mark: mark-4711",
        *headers,
    ]

    def handler(_: SeenRequest) -> Iterator[Any]:
        yield "\r\n".join(head).encode() + b"\r\n\r\n" + data

    return handler


def played(*steps: Any) -> Callable[[SeenRequest], Iterator[Any]]:
    """An upstream whose stream is these steps."""

    def handler(_: SeenRequest) -> Iterator[Any]:
        yield HEAD
        yield from steps
        yield Close()

    return handler


def everything(answer: httpx.Response) -> str:
    return str(answer.headers) + answer.text


def check_secrets(answer: httpx.Response, server: LoopbackServer) -> None:
    """Nothing of the upstream is told."""
    told = everything(answer)
    for secret in (KEY, KEY[3:20], "mark-4711", f":{server.port}", "Traceback", 'File "'):
        assert secret not in told


def kind(answer: httpx.Response) -> str:
    """The kind of an error, in the shape of its protocol."""
    told = answer.json()
    if "/messages" in str(answer.url):
        assert told["type"] == "error"
    else:
        assert told["error"].keys() >= {"message", "type", "param", "code"}
    assert told["error"]["message"]
    return str(told["error"]["type"])


STATUSES = [
    (400, 400), (401, 502), (402, 502), (403, 502), (404, 404), (405, 502), (408, 503),
    (409, 503), (413, 413), (422, 422), (429, 429), (500, 502), (502, 502), (503, 503), (504, 502),
    (529, 503),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("status", "expected"), STATUSES)
def test_the_status_of_an_upstream_is_told_as_far_as_it_is_the_clients(
    place: Any, ask: Any, path: str, stream: bool, status: int, expected: int
) -> None:
    said = f"no, not with {KEY} at http://127.0.0.1/v1"
    place.answers(replied(status, {"error": {"message": said, "type": "t", "code": None}}))
    answer = ask(place.url, path, body(path, stream=stream))
    assert answer.status_code == expected
    kind(answer)
    check_secrets(answer, place.server)
    assert len(place.server.requests) == 1  # no retries of its own


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [429, 503])
def test_when_to_come_again_is_told(place: Any, ask: Any, path: str, status: int) -> None:
    place.answers(replied(status, {"error": {"message": "later"}}, "retry-after: 7"))
    answer = ask(place.url, path, body(path, stream=True))
    assert answer.status_code == status
    assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [b"", b"<html>nginx</html>", b"\xff\xfe", b"[]", b"{" * 9000])
@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_that_is_no_json_is_told_in_shape(
    place: Any, ask: Any, path: str, content: bytes, status: int
) -> None:
    place.answers(replied(status, content))
    answer = ask(place.url, path, body(path, stream=False))
    assert answer.status_code == {400: 400, 404: 404, 500: 502}[status]
    kind(answer)
    check_secrets(answer, place.server)


def test_what_the_upstream_says_of_the_request_reaches_the_client(place: Any, ask: Any) -> None:
    said = {"message": "too long", "code": "context_length_exceeded", "param": "messages"}
    place.answers(replied(400, {"error": {**said, "type": "invalid_request_error"}}))
    told = ask(place.url, PATHS[0], body(PATHS[0], stream=True)).json()["error"]
    assert (told["message"], told["code"], told["param"]) == tuple(said.values())


def in_stream(code: str) -> bytes:
    return f'data: {{"error":{{"message":"said {KEY}","code":"{code}"}}}}\n\n'.encode()


EARLY: dict[str, tuple[list[Any], int]] = {
    "rate limit": ([in_stream("rate_limit_exceeded")], 429),
    "overloaded": ([in_stream("overloaded")], 502),
    "too long": ([in_stream("context_length_exceeded")], 400),
    "role, then rate limit": ([event(delta={"role": "assistant"}), in_stream("rate_limit")], 429),
    "nothing": ([], 502),
    "no json": ([b"data: {nonsense\n\n"], 502),
    "reset": ([Reset()], 502),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", EARLY)
def test_what_fails_before_the_first_content_has_a_status(
    place: Any, ask: Any, path: str, stream: bool, name: str
) -> None:
    steps, expected = EARLY[name]
    place.answers(played(*steps))
    answer = ask(place.url, path, body(path, stream=stream))
    assert answer.status_code == expected
    kind(answer)
    check_secrets(answer, place.server)


@pytest.mark.parametrize("path", PATHS)
def test_an_upstream_that_is_not_there_is_a_502(serving: Any, ask: Any, path: str) -> None:
    with LoopbackServer(lambda _: ()) as server:
        pass
    with serving(settings(server)) as url:
        answer = ask(url, path, body(path, stream=True))
    assert answer.status_code == 502
    kind(answer)
    check_secrets(answer, server)


@pytest.mark.parametrize("path", PATHS)
def test_an_upstream_that_is_too_slow_is_a_503(
    serving: Any, upstream: Upstream, ask: Any, path: str
) -> None:
    def mute(_: SeenRequest) -> Iterator[Any]:
        yield Pause(60)

    server = upstream(mute)
    with serving(settings(server, timeout={"read": 0.2, "first": 0.2})) as url:
        answer = ask(url, path, body(path, stream=True))
    assert answer.status_code == 503
    kind(answer)


BROKEN: dict[str, list[Any]] = {
    "the end is missing": [],
    "reset": [Reset()],
    "an error": [in_stream("server_error")],
    "no json": [b"data: {nonsense\n\n"],
    "cut in an event": [b'data: {"choices":[{"ind'],
}
ENDS = ("[DONE]", '"finish_reason":"', "response.completed", "message_stop", '"stop_reason":"')


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_stream_that_breaks_ends_with_the_protocols_error_and_as_no_good_one(
    place: Any, ask: Any, path: str, name: str
) -> None:
    place.answers(played(text("Hel"), text("lo"), *BROKEN[name]))
    answer = ask(place.url, path, body(path, stream=True))
    assert ask(place.url, "/healthz", method="GET").status_code == 200
    assert answer.status_code == 200
    assert "Hel" in answer.text
    assert not any(end in answer.text for end in ENDS)
    check_secrets(answer, place.server)
    errors = [json.loads(line[6:]) for line in answer.text.splitlines() if '"error"' in line]
    assert errors
    told = next(error["error"] for error in errors if isinstance(error.get("error"), dict))
    assert told["message"]


@pytest.mark.parametrize("path", PATHS)
def test_a_whole_answer_that_breaks_is_an_error(place: Any, ask: Any, path: str) -> None:
    part = b'{"id":"c1","choices":[{"index":0,"message":{"role":"assistant","content":"Hel'

    def handler(_: SeenRequest) -> Iterator[Any]:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n"
        yield part
        yield Close()

    place.answers(handler)
    answer = ask(place.url, path, body(path, stream=False))
    assert answer.status_code == 502
    kind(answer)


@pytest.mark.parametrize("path", PATHS)
def test_a_stream_in_silence_says_that_it_is_alive(
    serving: Any, upstream: Upstream, ask: Any, path: str
) -> None:
    ping = "event: ping" if path == "/v1/messages" else ": keepalive"
    server = upstream(played(*GOOD[:1], Pause(1), *GOOD[1:]))
    with serving(settings(server, keepalive=0.2)) as url:
        told = ask(url, path, body(path, stream=True)).text
    assert told.index("Hel") < told.index(ping) < told.index("lo", told.index(ping))


@pytest.mark.parametrize("path", PATHS)
def test_an_upstream_that_has_begun_and_thinks_for_long_is_waited_for_with_pings(
    serving: Any, upstream: Upstream, path: str
) -> None:
    role = event(delta={"role": "assistant"})
    server = upstream(played(role, Pause(1), *GOOD))
    with serving(settings(server, keepalive=0.2)) as url:
        begun = time.monotonic()
        asking = httpx.stream("POST", url + path, json=body(path, stream=True), trust_env=False)
        with asking as answer:
            headers = time.monotonic() - begun
            told = answer.read().decode()
    assert headers < time.monotonic() - begun
    assert "ping" in told or ": keepalive" in told
    assert "Hel" in told


def test_a_stream_that_does_not_pause_has_no_pings(place: Any, ask: Any) -> None:
    place.answers(played(*GOOD))
    assert "keepalive" not in ask(place.url, PATHS[0], body(PATHS[0], stream=True)).text


def test_retries_are_made_where_the_file_says_so(
    serving: Any, upstream: Upstream, ask: Any
) -> None:
    seen = 0

    def handler(_: SeenRequest) -> Iterator[Any]:
        nonlocal seen
        seen += 1
        if seen == 1:
            yield b"HTTP/1.1 503 Later\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n"
        else:
            yield HEAD
            yield from GOOD
            yield Close()

    with serving(settings(upstream(handler), max_retries=1)) as url:
        assert ask(url, PATHS[0], body(PATHS[0], stream=True)).status_code == 200
    assert seen == 2


@pytest.mark.parametrize("path", PATHS)
def test_text_that_does_not_fit_the_schema_is_the_clients_to_judge(
    place: Any, ask: Any, path: str
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    formats: dict[str, dict[str, Any]] = {
        "/v1/chat/completions": {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "x", "schema": schema},
            }
        },
        "/v1/responses": {
            "text": {"format": {"type": "json_schema", "name": "x", "schema": schema}}
        },
        "/v1/messages": {"output_config": {"format": {"type": "json_schema", "schema": schema}}},
    }
    place.answers(played(*GOOD))
    answer = ask(place.url, path, body(path, stream=True, **formats[path]))
    assert answer.status_code == 200
    assert any(end in answer.text for end in ENDS)


@pytest.mark.parametrize("path", PATHS)
def test_a_model_without_its_key_is_the_operators_fault(
    serving: Any, ask: Any, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving({"models": {"fast": {"model": "openai:gpt-5.4-mini"}}}) as url:
        answer = ask(url, path, body(path, stream=True))
    assert answer.status_code == 502
    assert "OPENAI_API_KEY" not in answer.text


@pytest.mark.parametrize("path", PATHS)
def test_events_that_come_at_once_reach_the_client_whole_and_in_order(
    place: Any, ask: Any, path: str
) -> None:
    words = [f"word{number} " for number in range(20_000)]
    at_once = b"".join(map(text, words))
    place.answers(played(at_once[:1_000_000], at_once[1_000_000:], *GOOD[2:]))
    told = ask(place.url, path, body(path, stream=True)).text
    events = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: {")]
    assert "".join(map(text_of, events)) == "".join(words)


def text_of(told: dict[str, Any]) -> str:
    """The text that an event of any protocol adds."""
    if "choices" in told:
        return "".join(choice["delta"].get("content") or "" for choice in told["choices"])
    if told["type"] == "response.output_text.delta":
        return str(told["delta"])
    return str(told["delta"]["text"]) if told["type"] == "content_block_delta" else ""
