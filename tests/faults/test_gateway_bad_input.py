"""Whatever a client sends to the gateway is answered in the client's own protocol, never by a
server error, and the gateway is healthy after it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step
from chimeric_testing.server import chunked

from tests.gateway.asking import PATHS, PROTOCOLS, body, headers
from tests.gateway.heard import hear
from tests.gateway.raw import answer, connected, head, status_of
from tests.gateway.running import UPSTREAM_KEY, at_work
from tests.gateway.upstream import Upstream
from tests.server import Server

from .dialects import TEXT, Chat
from .streams import HEAD

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)
MIB = 1024 * 1024
CHAT = Chat()


def _good(number: int, request: SeenRequest) -> Iterator[Step]:
    if request.json().get("stream"):
        yield HEAD
        yield from chunked(CHAT.script().frames())
        return
    message = {"role": "assistant", "content": TEXT}
    told = json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m-1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
        }
    ).encode()
    yield b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(
        told
    )
    yield told


def _endless(number: int, request: SeenRequest) -> Iterator[Step]:
    """Text as fast as it is taken, up to 2 GiB."""
    yield HEAD
    frame = CHAT.script().frame(CHAT.say("x" * 65536))
    for _ in range(32768):
        yield b"%x\r\n%s\r\n" % (len(frame), frame)


def _silent(number: int, request: SeenRequest) -> Iterator[Step]:
    yield Pause(30)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def process(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = upstream.endpoint("openai", {"api": "chat_completions"})
    models = {
        name: {"model": f"up:{upstream.add(serve)}"}
        for name, serve in (("good", _good), ("endless", _endless), ("silent", _silent))
    }
    settings = {"endpoints": {"up": place}, "models": models, "log": False}
    with at_work(settings, tmp_path_factory.mktemp("gateway")) as server:
        yield server
        assert UPSTREAM_KEY not in server.log()


@pytest.fixture
def gateway(process: Server) -> Iterator[str]:
    """The gateway, which is healthy after each test."""
    yield process.url
    assert httpx.get(f"{process.url}/healthz", timeout=20, trust_env=False).status_code == 200
    for protocol in PROTOCOLS:
        heard = hear(process.url, protocol, body(protocol, "good"))
        assert (heard.status, heard.text, heard.ended, heard.faults) == (200, TEXT, True, [])


def posted(url: str, protocol: str, content: bytes, **more: str) -> httpx.Response:
    sent = {"content-type": "application/json", **headers(protocol), **more}
    return httpx.post(
        url + PATHS[protocol], content=content, headers=sent, timeout=30, trust_env=False
    )


def refused(told: httpx.Response, protocol: str, *statuses: int) -> str:
    """The message of an error in the protocol's shape."""
    assert told.status_code in statuses, told.text
    found: dict[str, Any] = told.json()
    if protocol == "messages":
        assert found["type"] == "error"
    else:
        assert set(found["error"]) >= {"message", "type", "param", "code"}
    message = found["error"]["message"]
    assert message
    assert "Traceback" not in told.text
    return str(message)


NO_BODIES = {
    "nothing": b"",
    "words": b"hello",
    "half": b'{"model": "good", "messages": [',
    "list": b"[1, 2]",
    "number": b"42",
    "null": b"null",
    "no-utf-8": b'{"model": "\xff\xfe"}',
    "nul": b'{"model": "a\0b"}',
    "deep": b'{"model": "good", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two": b"{}{}",
    "form": b"model=good&messages=hello",
    "surrogate": b'{"model": "\\ud800", "messages": []}',
    "utf-16": '{"model": "good"}'.encode("utf-16"),
}


@pytest.mark.parametrize("content", NO_BODIES.values(), ids=NO_BODIES.keys())
@each_protocol
def test_a_body_that_cannot_be_read_is_a_400(gateway, protocol, content):
    refused(posted(gateway, protocol, content), protocol, 400, 404)


@pytest.mark.parametrize("told", [True, False], ids=["with a length", "in chunks"])
@each_protocol
def test_a_hundred_megabytes_are_a_413_and_are_not_kept(gateway, process, protocol, told):
    before = resident(process)
    sizes = [MIB] * 100
    lines = () if told else ("transfer-encoding: chunked",)
    with connected(gateway) as connection:
        connection.sendall(head(PATHS[protocol], *lines, length=sum(sizes) if told else None))
        with contextlib.suppress(OSError):  # it need not read what it will not take
            for size in sizes:
                piece = b" " * size
                connection.sendall(piece if told else b"%x\r\n%s\r\n" % (size, piece))
        said = answer(connection)
    if said:  # else the connection was reset before it could be read
        assert status_of(said) == 413
        assert b"error" in said
    assert resident(process) - before < 64 * MIB


def resident(process: Server) -> int:
    """Bytes of the gateway's memory."""
    with open(f"/proc/{process.pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


HALVES = {
    "half a line": b"POST /v1/chat",
    "half the headers": b"POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-le",
    "half the body": head("/v1/chat/completions", length=1000) + b'{"model": "good"',
    "half a chunk": head("/v1/messages", "transfer-encoding: chunked") + b"ff\r\n{",
    "expecting": head("/v1/responses", "expect: 100-continue", length=1000),
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
def test_half_a_request_that_ends_there_is_nothing(gateway, upstream, half):
    before = len(upstream.server.requests)
    for _ in range(20):
        with connected(gateway) as connection:
            connection.sendall(half)
    with connected(gateway) as waiting:
        waiting.sendall(half)
        heard = hear(gateway, "chat_completions", body("chat_completions", "good"))
        assert heard.ended
    assert len(upstream.server.requests) == before + 1


NO_HTTP = {
    "tls": bytes.fromhex("160301020001000001fc0303") + bytes(200),
    "garbage": b"\x00\x01\x02\xff" * 100 + b"\r\n\r\n",
    "no version": b"GET /v1/nothing\r\n\r\n",
    "long line": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "many headers": head("/v1/messages", *[f"x-{n}: {'y' * 1000}" for n in range(300)]),
    "two lengths": head("/v1/messages", "content-length: 3", length=2) + b"{}",
    "length and chunks": head("/v1/messages", "transfer-encoding: chunked", length=2) + b"{}",
    "bad length": head("/v1/messages", "content-length: -2") + b"{}",
    "bad chunk": head("/v1/messages", "transfer-encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("sent", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_http_is_refused_or_dropped(gateway, sent):
    with connected(gateway, 5) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        status = status_of(answer(connection))
    assert status == 0 or 400 <= status < 500


@each_protocol
def test_a_client_that_reads_nothing_costs_no_memory_and_its_leaving_ends_the_upstream(
    gateway, process, upstream, protocol
):
    before = resident(process)
    asked = json.dumps(body(protocol, "endless")).encode()
    with connected(gateway) as connection:
        connection.sendall(head(PATHS[protocol], length=len(asked)) + asked)
        until = time.monotonic() + 10
        while upstream.server.answering == 0 and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(1)
        grown = resident(process) - before
        assert upstream.server.answering == 1
    assert upstream.server.wait_idle()
    assert grown < 32 * MIB


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@each_protocol
def test_a_client_that_leaves_before_the_first_byte_ends_the_upstream(
    gateway, upstream, protocol, stream
):
    asked = json.dumps(body(protocol, "silent", stream=stream)).encode()
    with connected(gateway) as connection:
        connection.sendall(head(PATHS[protocol], length=len(asked)) + asked)
        until = time.monotonic() + 10
        while upstream.server.answering == 0 and time.monotonic() < until:
            time.sleep(0.01)
        assert upstream.server.answering == 1
    assert upstream.server.wait_idle()


def test_two_thousand_connections_leave_it_at_work(gateway, process):
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(2000, (hard if hard > 0 else 65536) - 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted + 500), hard))
    half = head("/v1/chat/completions", length=1000) + b"{"
    with contextlib.ExitStack() as stack:
        for number in range(wanted):
            connection = stack.enter_context(connected(gateway))
            if number % 2:
                connection.sendall(half)
        began = time.monotonic()
        heard = hear(gateway, "messages", body("messages", "good"))
        assert heard.ended
        assert time.monotonic() - began < 10
    assert resident(process) < 400 * MIB


def test_what_a_client_names_gets_into_no_header(gateway):
    for protocol, name in itertools.product(
        PROTOCOLS, ("no\r\nset-cookie: a=b", "no\n\nbody", "é\u2028x", "a" * 100_000)
    ):
        told = posted(gateway, protocol, json.dumps(body(protocol, name)).encode())
        refused(told, protocol, 404)
        assert "set-cookie" not in told.headers
        assert len(told.content) < 2000


def test_headers_of_a_client_do_not_travel(gateway, upstream):
    sent = {
        "x-secret-of-the-client": "1", "cookie": "a=b", "openai-organization": "org-of-client",
        "x-forwarded-for": "1.2.3.4", "x-sim-status": "500", "user-agent": "of-client",
    }  # fmt: skip
    for protocol in PROTOCOLS:
        hear(gateway, protocol, body(protocol, "good"), more=sent)
        seen = upstream.server.requests[-1].headers
        assert seen["authorization"] == f"Bearer {UPSTREAM_KEY}"
        assert not {"x-secret-of-the-client", "cookie", "openai-organization"} & set(seen)
        assert not {"x-forwarded-for", "x-sim-status", "x-api-key", "anthropic-version"} & set(seen)
        assert seen["user-agent"] != "of-client"


def test_a_body_cannot_send_the_key_elsewhere_nor_run_anything(gateway, upstream):
    fields: dict[str, Any] = {
        "api_key": "sk-of-client", "extra_headers": {"x-evil": "1", "authorization": "Bearer evil"},
        "extra_body": {"evil": 1}, "use": ["os"], "plugins": ["os"], "user_context": {"a": 1},
        "auto_tool": True, "max_turns": 9, "max_retries": 9, "timeout": 1e9, "native": True,
        "provider": "anthropic", "prompt_cache": "auto", "api": "responses", "strict": True,
        "transport": "x", "http_client": "x", "default_headers": {"x-evil": "1"},
        "endpoints": {}, "self": 1, "messages_": [], "raw": True, "wire": 1, "context": {},
    }  # fmt: skip
    with LoopbackServer(lambda request: _good(0, request)) as elsewhere:
        fields["base_url"] = elsewhere.url
        fields["base_urls"] = {"openai": elsewhere.url}
        for protocol, (name, value) in itertools.product(PROTOCOLS, fields.items()):
            asked = {**body(protocol, "good"), name: value}
            heard = hear(gateway, protocol, asked)
            assert heard.status in (200, 400), (name, heard.error)
            if heard.status == 200:
                seen = upstream.server.requests[-1]
                assert seen.headers["authorization"] == f"Bearer {UPSTREAM_KEY}"
                assert "x-evil" not in seen.headers
                assert heard.ended
        assert elsewhere.requests == []


FIELDS: Mapping[str, tuple[str, ...]] = {
    "chat_completions": (
        "model", "messages", "stream", "stream_options", "tools", "tool_choice", "temperature",
        "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "n", "response_format",
        "reasoning_effort", "parallel_tool_calls", "logprobs", "top_logprobs", "user", "metadata",
        "functions", "function_call", "modalities", "audio", "logit_bias", "store", "prediction",
    ),
    "responses": (
        "model", "input", "instructions", "stream", "tools", "tool_choice", "temperature", "top_p",
        "max_output_tokens", "text", "reasoning", "parallel_tool_calls", "include", "metadata",
        "previous_response_id", "store", "background", "truncation", "user", "prompt",
    ),
    "messages": (
        "model", "messages", "system", "stream", "tools", "tool_choice", "temperature", "top_p",
        "top_k", "max_tokens", "stop_sequences", "thinking", "output_config", "metadata",
        "mcp_servers", "container", "context_management", "betas", "service_tier",
    ),
}  # fmt: skip
VALUES: dict[str, Any] = {
    "null": None, "zero": 0, "minus": -1, "huge": 1e308, "big": 10**30, "empty": "", "word": "x",
    "long": "x" * 100_000, "list": [], "object": {}, "nested": [[]], "objects": [{}],
    "nulls": [None], "numbers": [1, 2], "true": True, "typed": {"type": "x"},
    "typed list": [{"type": "x"}], "role": [{"role": "user"}], "robot": [{"role": "robot"}],
    "deep": {"type": {"type": {"type": []}}}, "words": ["x", "y"],
    "function": [{"type": "function", "function": None}],
    "named": [{"name": 1, "type": "function"}],
    "part": [{"role": "user", "content": [{"type": "image_url", "image_url": 5}]}],
    "result": [{"role": "tool", "content": "x"}],
    "called": [{"role": "assistant", "content": None, "tool_calls": "x"}],
    "schema": {"type": "json_schema", "json_schema": {"schema": 5}},
    "format": {"format": {"type": "json_schema"}},
}  # fmt: skip


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@each_protocol
def test_a_field_of_any_kind_is_never_a_server_error(gateway, protocol, stream):
    failed = []
    with httpx.Client(timeout=30, trust_env=False) as client:
        for field, (name, value) in itertools.product(FIELDS[protocol], VALUES.items()):
            asked = {**body(protocol, "good", stream=stream), field: value}
            heard = hear(gateway, protocol, asked, client=client)
            right = heard.status in (200, 400, 404, 422) and not heard.faults
            if not right or (heard.status == 200 and not heard.ended):
                failed.append((field, name, heard.status, heard.error, heard.faults))
    assert failed == []


IDS = ("toolu_01AbC", "call/with spaces", "é🌍", "x" * 300, "a:b|c", "chatcmpl-tool-1", "fc_1", "0")


def conversation(protocol: str, identity: str) -> Any:
    """A tool was called under this id, and here is its result."""
    if protocol == "chat_completions":
        call = {"id": identity, "type": "function", "function": {"name": "f", "arguments": "{}"}}
        return [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": identity, "content": "done"},
        ]
    if protocol == "responses":
        return [
            {"role": "user", "content": "Hello"},
            {"type": "function_call", "call_id": identity, "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": identity, "output": "done"},
        ]
    return [
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": identity, "name": "f", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": identity, "content": "done"}],
        },
    ]


@pytest.mark.parametrize("identity", IDS)
@each_protocol
def test_foreign_ids_of_calls_stay_paired(gateway, upstream, protocol, identity):
    field = "input" if protocol == "responses" else "messages"
    heard = hear(
        gateway, protocol, {**body(protocol, "good"), field: conversation(protocol, identity)}
    )
    assert heard.ended, heard.error
    said = upstream.server.requests[-1].json()["messages"]
    assert said[-2]["tool_calls"][0]["id"] == said[-1]["tool_call_id"] != ""
    assert len(said[-1]["tool_call_id"].encode()) <= 300


@each_protocol
def test_a_result_without_its_call_is_no_server_error(gateway, protocol):
    field = "input" if protocol == "responses" else "messages"
    alone = [conversation(protocol, "call_1")[place] for place in (0, 2)]
    heard = hear(gateway, protocol, {**body(protocol, "good"), field: alone})
    assert heard.status in (200, 400)
    assert heard.faults == []


@each_protocol
def test_a_role_that_is_none_is_a_400_that_names_it(gateway, protocol):
    field = "input" if protocol == "responses" else "messages"
    asked = {**body(protocol, "good"), field: [{"role": "robot", "content": "Hello"}]}
    told = posted(gateway, protocol, json.dumps(asked).encode())
    assert "robot" in refused(told, protocol, 400)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@each_protocol
def test_another_method_is_a_405_in_shape(gateway, protocol, method):
    told = httpx.request(
        method,
        gateway + PATHS[protocol],
        headers=headers(protocol),
        timeout=20,
        trust_env=False,
    )
    refused(told, protocol, 405)


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/nothing", "/v1/chat/completions/more", "/../etc/passwd", "/v1/%00", "//"],
)
def test_another_path_is_a_404_in_json(gateway, path):
    with connected(gateway, 5) as connection:
        connection.sendall(head(path, length=2) + b"{}")
        told = answer(connection)
    assert status_of(told) in (404, 405)
    assert b'"error"' in told
