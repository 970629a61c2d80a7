"""What stands behind a name: the provider's protocol, its own fields, what its failures mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_gateway.upstreams import Protocols, refusal_of
from chimeric_testing import Close, SeenRequest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    Endpoint,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    ProtocolError,
    ProviderError,
    ProviderNotFoundError,
    RateLimitError,
    RefusedError,
    RequestTimeoutError,
    ServerError,
    StreamInterruptedError,
    ToolRegistrationError,
    TranslationError,
)

ENDPOINTS = {
    "chat": Endpoint("openai", base_url="https://a.test/v1", options={"api": "chat_completions"}),
    "mine": Endpoint("openai", base_url="https://b.test/v1"),
    "own": Endpoint("compatible", base_url="https://c.test:81/v1"),
    "claude": Endpoint("anthropic", base_url="https://d.test"),
}


@pytest.fixture(scope="module")
def protocols() -> Iterator[Protocols]:
    with Chimeric(endpoints=ENDPOINTS) as client:
        protocols = Protocols(ENDPOINTS, client)
        yield protocols
        protocols.close()


@pytest.mark.parametrize(
    ("model", "provider", "protocol"),
    [
        ("chat:gpt-5.4", "openai", "chat_completions"),
        ("mine:gpt-5.4", "openai", "responses"),
        ("gpt-5.4", "openai", "responses"),
        ("own:llama", "compatible", "chat_completions"),
        ("claude:claude-sonnet-4-5", "anthropic", "messages"),
        ("claude-sonnet-4-5", "anthropic", "messages"),
        ("together:llama", "together", "chat_completions"),
        ("openrouter:x/y", "openrouter", "chat_completions"),
        ("grok:grok-4", "grok", "responses"),
        ("google:gemini-2.5-pro", "google", ""),
        ("ollama:llama3", "ollama", ""),
        ("vertex:claude-sonnet-4-5", "vertex", "messages"),
        ("vertex:gemini-2.5-pro", "vertex", ""),
        ("bedrock:amazon.nova-pro-v1:0", "bedrock", ""),
        ("sim:story", "sim", "chat_completions"),
    ],
)
def test_the_request_that_a_plugin_builds_tells_the_protocol(
    protocols: Protocols,
    model: str,
    provider: str,
    protocol: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Chimeric() as client:
        if provider not in client.available_providers:
            pytest.skip(f"{provider} is not installed")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "project")
    monkeypatch.setenv("GOOGLE_CLOUD_LOCATION", "us-east5")
    target = protocols.of(model)
    assert (target.provider, target.protocol) == (provider, protocol)
    assert target is protocols.of(model)


def test_an_address_is_known_with_its_port_and_without(protocols: Protocols) -> None:
    assert protocols.of("own:llama").hosts == ("c.test:81", "c.test")


def test_a_model_that_nothing_serves_has_no_protocol(protocols: Protocols) -> None:
    with pytest.raises(ProviderNotFoundError):
        protocols.of("nobody:x")


def test_whether_a_model_is_set_up_is_known_without_a_request(
    protocols: Protocols, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    assert protocols.is_set_up("own:llama")
    assert not protocols.is_set_up("claude:claude-sonnet-4-5")


def said(kind: type[ProviderError], status: int, **more: Any) -> ProviderError:
    return kind("said so", status_code=status, **more)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (said(BadRequestError, 400), 400),
        (said(BadRequestError, 413), 413),
        (said(BadRequestError, 422), 422),
        (said(BadRequestError, 415), 400),
        (said(BadRequestError, 402), 502),
        (said(BadRequestError, 405), 502),
        (said(BadRequestError, 408), 503),
        (said(BadRequestError, 409), 503),
        (said(BadRequestError, 200), 400),
        (said(NotFoundError, 404), 404),
        (said(NotFoundError, 400), 400),
        (said(AuthenticationError, 401), 502),
        (said(AuthenticationError, 400), 502),
        (said(PermissionDeniedError, 403), 502),
        (said(PermissionDeniedError, 200), 502),
        (said(RateLimitError, 429), 429),
        (said(RateLimitError, 200), 429),
        (said(RateLimitError, 402), 502),
        (said(ServerError, 500), 502),
        (said(ServerError, 503), 503),
        (said(ServerError, 529), 503),
        (said(ServerError, 200), 502),
        (said(BadRequestError, 302), 502),
        (ConnectionFailedError("refused by 10.0.0.1:80"), 502),
        (RequestTimeoutError("slow", phase="read"), 503),
        (StreamInterruptedError("cut"), 502),
        (ProtocolError("no event"), 502),
        (RefusedError("20 a minute", retry_after=3.0), 429),
        (ConfigurationError("messages[0] has no role"), 400),
        (TranslationError("no counterpart"), 400),
        (ToolRegistrationError("two of one name"), 400),
        (ProviderNotFoundError("none"), 404),
        (PluginError("broken", plugin="x", hook="chimeric_process_chunk"), 500),
        (PluginError("broken", plugin="x", hook="chimeric_build_request"), 400),
    ],
)
def test_each_failure_has_its_status(error: ChimericError, status: int) -> None:
    assert refusal_of(error).status == status


def test_a_fault_of_the_set_up_is_no_fault_of_the_client() -> None:
    error = ConfigurationError("openai needs an API key: set OPENAI_API_KEY")
    refusal = refusal_of(error, set_up=False)
    assert refusal.status == 502
    assert "OPENAI" not in refusal.message


@pytest.mark.parametrize(
    "text",
    [
        "no model m (POST https://gw.example:8443/v1/chat/completions)",
        "cannot serve http://10.1.2.3:8000/v1?token=x",
        "gw.example:8443 says no",
        "host GW.EXAMPLE is busy",
        "limit of org-AbCdEfGh1234 reached",
        "project proj_AbCdEfGh1234 has none",
        "listening at 10.1.2.3:8000",
    ],
)
def test_words_of_an_upstream_are_told_without_addresses_and_accounts(text: str) -> None:
    error = BadRequestError(text, status_code=400)
    told = refusal_of(error, hosts=("gw.example:8443", "gw.example")).message
    for secret in ("gw.example", "GW.EXAMPLE", "10.1.2.3", "8443", "token=", "AbCdEfGh1234"):
        assert secret not in told
    assert told


def test_when_to_come_again_stands_in_the_words_too() -> None:
    refusal = refusal_of(said(RateLimitError, 429, retry_after=12.0))
    assert refusal.retry_after == 12.0
    assert "try again in 12s" in refusal.message
    assert refusal.code == "rate_limit_exceeded"
    used_up = refusal_of(said(RateLimitError, 429, code="insufficient_quota"))
    assert used_up.code == "insufficient_quota"


MESSAGE: list[tuple[str, dict[str, Any]]] = [
    ("message_start", {"message": {"id": "m", "type": "message", "role": "assistant",
     "model": "claude-x", "content": [], "stop_reason": None, "stop_sequence": None,
     "usage": {"input_tokens": 1, "output_tokens": 1}}}),
    ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
    ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "Hello"}}),
    ("content_block_stop", {"index": 0}),
    ("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None},
                       "usage": {"output_tokens": 1}}),
    ("message_stop", {}),
]  # fmt: skip


def claude(_: SeenRequest) -> Iterator[Any]:
    """Answers as Anthropic does."""
    yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
    for name, data in MESSAGE:
        yield f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode()
    yield Close()


def counting(request: SeenRequest) -> Iterator[Any]:
    """Counts as Anthropic does."""
    data = b'{"input_tokens": 42}'
    yield b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(data) + data


def settings(url: str, **more: Any) -> dict[str, Any]:
    endpoint = {"provider": "anthropic", "base_url": url, "api_key": "k"}
    return {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:claude-x"}}, **more}


HI = [{"role": "user", "content": "Hi"}]
ASKED: dict[str, Any] = {"model": "fast", "max_tokens": 9, "messages": HI}


def test_betas_of_a_client_pass_to_an_upstream_of_its_protocol_and_no_other(
    serving: Any, upstream: Any, ask: Any
) -> None:
    server = upstream(claude)
    headers = {"anthropic-beta": "context-management-2025-06-27", "anthropic-version": "1"}
    with serving(settings(server.url)) as url:
        ask(url, "/v1/messages", {**ASKED, "stream": True}, headers=headers)
        ask(url, "/v1/chat/completions", {**ASKED, "stream": True}, headers=headers)
    told = [request.headers.get("anthropic-beta") for request in server.requests]
    assert told == ["context-management-2025-06-27", None]


def test_fields_that_unified_form_does_not_know_pass_where_the_protocol_is_the_same(
    serving: Any, upstream: Any, ask: Any
) -> None:
    server = upstream(claude)
    strange = {"context_management": {"edits": []}, "new_field": 7}
    with serving(settings(server.url)) as url:
        for path in ("/v1/messages", "/v1/chat/completions"):
            answer = ask(url, path, {**ASKED, "stream": True, **strange})
            assert answer.status_code == 200
    same, other = [request.json() for request in server.requests]
    assert {name: same[name] for name in strange} == strange
    assert not strange.keys() & other.keys()


def test_a_headers_key_of_a_client_never_reaches_the_upstream(
    serving: Any, upstream: Any, ask: Any
) -> None:
    server = upstream(claude)
    headers = {"authorization": "Bearer k-client", "x-api-key": "k-client", "cookie": "k-client"}
    with serving(settings(server.url)) as url:
        ask(url, "/v1/messages", {**ASKED, "stream": True}, headers=headers)
    [request] = server.requests
    assert "k-client" not in str(dict(request.headers))
    assert "k" in request.headers.values()


def test_tokens_are_counted_where_the_provider_counts(
    serving: Any, upstream: Any, ask: Any
) -> None:
    server = upstream(counting)
    body = {name: value for name, value in ASKED.items() if name != "max_tokens"}
    with serving(settings(server.url)) as url:
        for prefix in ("/v1", ""):
            answer = ask(url, f"{prefix}/messages/count_tokens?beta=true", body)
            assert (answer.status_code, answer.json()) == (200, {"input_tokens": 42})
    assert server.requests[0].path == "/v1/messages/count_tokens"
    assert server.requests[0].json()["model"] == "claude-x"


def test_where_the_provider_does_not_count_it_is_a_404_in_shape(
    serving: Any, upstream: Any, ask: Any
) -> None:
    endpoint = {"provider": "compatible", "base_url": "http://127.0.0.1:9/v1", "api_key": "k"}
    told = {"endpoints": {"up": endpoint}, "models": {"fast": {"model": "up:m"}}}
    with serving(told) as url:
        answer = ask(url, "/v1/messages/count_tokens", ASKED)
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "not_found_error"


def test_what_the_file_says_of_a_model_holds_where_the_client_says_nothing(
    serving: Any, upstream: Any, ask: Any
) -> None:
    server = upstream(claude)
    models = {"fast": {"model": "up:claude-x", "params": {"temperature": 0.25, "max_tokens": 77}}}
    with serving(settings(server.url, models=models)) as url:
        ask(url, "/v1/messages", {**ASKED, "stream": True})
        ask(url, "/v1/responses", {"model": "fast", "input": "Hi", "stream": True})
    told = [(r.json()["temperature"], r.json()["max_tokens"]) for r in server.requests]
    assert told == [(0.25, 9), (0.25, 77)]
