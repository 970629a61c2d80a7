"""Bodies that no client should send: each is refused in the protocol's shape, and harms nobody."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from chimeric_testing import Close, LoopbackServer, SeenRequest

PATHS = ("/v1/chat/completions", "/v1/responses", "/v1/messages")
DEEP = 100_000

NO_JSON = {
    "nothing": b"",
    "white space": b" \n",
    "half": b'{"model": "fast", "mess',
    "a list": b"[]",
    "a string": b'"fast"',
    "null": b"null",
    "no UTF-8": b'{"model": "\xff\xfe"}',
    "UTF-16": '{"model": "fast"}'.encode("utf-16"),
    "nan": b'{"model": "fast", "temperature": NaN}',
    "two objects": b'{"model": "fast"}{}',
    "a form": b"model=fast&messages=Hi",
    "too deep": b'{"model": "fast", "messages": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "zeros": b"\0" * 100,
}


@pytest.fixture(scope="module")
def place(new_place: Callable[[str], Any]) -> Iterator[Any]:
    with new_place("k") as place:
        place.answers(good)
        yield place


@pytest.fixture
def url(place: Any) -> str:
    return str(place.url)


def good(_: SeenRequest) -> Iterator[Any]:
    """Answers whatever it is asked."""
    choice = {"index": 0, "delta": {"content": "Hello"}, "finish_reason": "stop"}
    data = f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + data
    yield Close()


def settings(server: LoopbackServer, **more: Any) -> dict[str, Any]:
    endpoint = {"provider": "compatible", "base_url": f"{server.url}/v1", "api_key": "k"}
    return {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:m"}}, **more}


def check_refused(answer: httpx.Response, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    told = answer.json()
    if answer.request.url.path.startswith("/v1/messages"):
        assert told["type"] == "error"
    assert isinstance(told["error"]["message"], str)
    assert isinstance(told["error"]["type"], str)
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", [*PATHS, "/v1/messages/count_tokens"])
@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_object_is_a_400(url: str, ask: Any, path: str, name: str) -> None:
    check_refused(ask(url, path, content=NO_JSON[name]))
    assert ask(url, "/healthz", method="GET").status_code == 200


WRONG: dict[str, dict[str, Any]] = {
    "no model": {"model": None},
    "a model that is a number": {"model": 7},
    "a model that is a list": {"model": ["fast"]},
    "stream that is no truth value": {"stream": "yes"},
    "messages that are a number": {"messages": 7, "input": 7},
    "a message that is a number": {"messages": [7], "input": [7]},
    "a wrong role": {
        "messages": [{"role": "wizard", "content": "Hi"}],
        "input": [{"role": "wizard", "content": "Hi"}],
    },
    "content that is a number": {
        "messages": [{"role": "user", "content": 7}],
        "input": [{"role": "user", "content": 7}],
    },
    "tools that are a string": {"tools": "all of them"},
    "a tool that is a number": {"tools": [7]},
    "a temperature that is a word": {"temperature": "hot"},
    "max tokens that are a word": {"max_tokens": "many", "max_output_tokens": "many"},
    "several answers": {"n": 2},
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_body_is_never_the_gateways_fault(
    url: str, ask: Any, path: str, stream: bool, name: str
) -> None:
    body = {"model": "fast", "stream": stream, "max_tokens": 9, **asked(path), **WRONG[name]}
    answer = ask(url, path, body)
    assert answer.status_code < 500
    if answer.status_code != 200:
        check_refused(answer, answer.status_code)
    assert ask(url, "/healthz", method="GET").status_code == 200


def asked(path: str) -> dict[str, Any]:
    if path == "/v1/responses":
        return {"input": "Hi"}
    return {"messages": [{"role": "user", "content": "Hi"}]}


STRANGE: dict[str, dict[str, Any]] = {
    "unknown fields": {"foo": {"bar": [1, 2]}, "service_tier": "auto", "store": False},
    "nulls": {"temperature": None, "tools": None, "stop": None, "metadata": None},
    "a misspelt field": {"temprature": 1, "max_token": 3, "headers": {}, "api_base": "x"},
    "names of ours": {
        "use": [], "user_context": {}, "api_key": "x", "base_url": "http://127.0.0.1:1/",
        "extra_headers": {"x": "y"}, "native": True, "provider": "openai", "auto_tool": True,
        "max_turns": 1, "timeout": 0.001, "max_retries": 9, "keep_raw": False, "plugins": [],
    },
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", STRANGE)
def test_fields_that_nobody_knows_are_no_fault(
    url: str, ask: Any, path: str, stream: bool, name: str
) -> None:
    body = {"model": "fast", "stream": stream, "max_tokens": 9, **asked(path), **STRANGE[name]}
    if not stream:
        body["stream"] = True  # the upstream of these tests streams only
    answer = ask(url, path, body)
    assert answer.status_code == 200, answer.text
    assert "Hello" in answer.text


LIMIT = 100_000


@pytest.fixture(scope="module", params=["httptools", "h11"])
def narrow(module_serving: Callable[..., Any], request: pytest.FixtureRequest) -> Iterator[str]:
    with (
        LoopbackServer(good) as server,
        module_serving(settings(server, max_body="100KB"), http=request.param) as url,
    ):
        yield url


def pieces(size: int) -> Iterator[bytes]:
    """A body without a length."""
    for _ in range(size // 10_000):
        yield b" " * 10_000


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("told", [True, False])
def test_a_body_past_the_limit_is_a_413_whether_its_length_is_told_or_not(
    narrow: str, ask: Any, path: str, told: bool
) -> None:
    content: Any = b" " * (LIMIT * 40) if told else pieces(LIMIT * 40)
    check_refused(ask(narrow, path, content=content), 413)
    assert ask(narrow, "/healthz", method="GET").status_code == 200


def test_a_body_up_to_the_limit_is_read(narrow: str, ask: Any) -> None:
    body = json.dumps({"model": "fast", "stream": True, **asked(PATHS[0])}).encode()
    assert ask(narrow, PATHS[0], content=body.ljust(LIMIT)).status_code == 200
    check_refused(ask(narrow, PATHS[0], content=body.ljust(LIMIT + 1)), 413)


def test_a_hundred_megabytes_are_refused_at_once(url: str) -> None:
    head = f"POST {PATHS[0]} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n".encode()
    with connect(url) as client:
        client.sendall(head + b"{")
        assert b" 413 " in client.recv(65_536)


def connect(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def answer_to(url: str, request: bytes) -> bytes:
    """All that comes back for raw bytes, until the server closes."""
    with connect(url) as client:
        client.sendall(request)
        told = b""
        while piece := client.recv(65_536):
            told += piece
        return told


INJECTED = ("x\r\nset-cookie: a=b", "x\nset-cookie: a=b", "x\0y", "\u2028", "\U0001f600")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("text", INJECTED)
def test_a_model_with_line_breaks_begins_no_header(
    url: str, ask: Any, path: str, text: str
) -> None:
    answer = ask(url, path, {**asked(path), "model": text, "max_tokens": 9})
    check_refused(answer, 404)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "field", ["user", "safety_identifier", "metadata", "prompt_cache_key", "extra_headers"]
)
@pytest.mark.parametrize("text", INJECTED[:3])
def test_no_field_of_a_body_becomes_a_header_of_the_upstream(
    place: Any, ask: Any, path: str, field: str, text: str
) -> None:
    place.answers(good)
    value: Any = {"user_id": text, "x-injected": text} if "_" not in field[3:] else text
    ask(place.url, path, {**asked(path), "model": "fast", "stream": True, field: value})
    for seen in place.server.requests:
        assert "set-cookie" not in seen.headers
        assert "x-injected" not in seen.headers


@pytest.mark.parametrize("name", ["anthropic-beta", "authorization", "x-request-id", "x-api-key"])
def test_a_broken_header_of_a_client_harms_nobody(url: str, ask: Any, name: str) -> None:
    body = json.dumps({"model": "fast", "stream": True, **asked(PATHS[0])}).encode()
    value = b"a\x80\xff" + b"b" * 3000
    head = (
        b"POST %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n%s: %s\r\ncontent-length: %d\r\n\r\n"
    )
    told = answer_to(url, head % (PATHS[0].encode(), name.encode(), value, len(body)) + body)
    assert told.startswith(b"HTTP/1.1 ")
    assert b" 500 " not in told.splitlines()[0]
    assert ask(url, "/healthz", method="GET").status_code == 200


@pytest.mark.parametrize(
    "target", ["/v1/models/%0d%0aset-cookie:%20a=b", "/%00", "/v1/%ff%fe", "*"]
)
def test_a_strange_path_is_a_404(url: str, ask: Any, target: str) -> None:
    told = answer_to(url, f"GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".encode())
    assert told.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"\r\nset-cookie" not in told
    assert ask(url, "/healthz", method="GET").status_code == 200
