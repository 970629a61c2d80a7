"""Whole answers, error answers, keys, native structs and the model list."""

from __future__ import annotations

from typing import Any

import chimeric_anthropic as plugin
import msgspec
import pytest

from chimeric import Delta, Event, HTTPRequest, HTTPResponse, ProviderConfig, Request, Secret


def answer(body: Any, status: int = 200, **headers: str) -> HTTPResponse:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(status=status, headers=named, body=data)


def parse(body: Any) -> Delta:
    """A whole answer as one delta."""
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    told = plugin.chimeric_parse_response(answer(body), state)
    if isinstance(told, Delta):
        return told
    fields = {name: getattr(told[-1], name) for name in Delta.__struct_fields__}
    for name in ("text", "reasoning"):
        fields[name] = "".join(getattr(delta, name) or "" for delta in told) or None
    for name in ("tool_calls", "citations", "server_tools", "files"):
        fields[name] = tuple(item for delta in told for item in getattr(delta, name))
    for name in ("id", "model"):
        fields[name] = next((v for delta in told if (v := getattr(delta, name))), None)
    return Delta(**fields)


MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "model": "claude",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {}},
    ],
    "stop_reason": "tool_use",
    "usage": {
        "input_tokens": 3,
        "output_tokens": 4,
        "output_tokens_details": {"thinking_tokens": 1},
    },
}


def test_a_whole_answer_says_the_same_as_its_stream() -> None:
    delta = parse(MESSAGE)
    assert (delta.text, delta.reasoning, delta.id, delta.model) == ("Hi", "hm", "msg_1", "claude")
    assert [(c.name, c.arguments) for c in delta.tool_calls if c.complete or c.name] == [
        ("f", ""),
        (None, '{"a":1}'),
        ("g", ""),
        (None, "{}"),
    ]
    assert delta.finish_reason == "tool_calls"
    assert delta.done
    assert delta.usage is not None
    assert delta.usage.reasoning_tokens == 1
    assert [cited.native for cited in delta.citations] == [{"type": "char_location"}]
    assert delta.state == MESSAGE["content"]


@pytest.mark.parametrize("body", [b"<html>", {"ok": True}, {"content": "text"}, [1], b""])
def test_an_answer_of_another_shape_is_no_success(body: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        parse(body)


def test_an_error_object_with_status_200_is_an_error() -> None:
    delta = parse({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}})
    assert delta.error is not None
    assert delta.error.status == 529


def test_an_error_answer_is_read() -> None:
    body = {
        "type": "error",
        "error": {
            "type": "rate_limit_error",
            "message": "slow down",
            "details": {"error_code": "spend_limit"},
        },
        "request_id": "req_1",
    }
    info = plugin.chimeric_parse_error(answer(body, 429))
    assert info is not None
    assert (info.message, info.type, info.code) == ("slow down", "rate_limit_error", "spend_limit")
    assert info.request_id == "req_1"
    assert info.status is None
    assert plugin.chimeric_parse_error(answer(b"<html>", 502)) is None


def test_keys_and_tokens_travel_in_their_own_headers(config: ProviderConfig) -> None:
    token = msgspec.structs.replace(config, bearer=True)
    http = HTTPRequest(url="https://api.anthropic.com/v1/messages")
    own = HTTPRequest(url=http.url, headers={"authorization": "Bearer mine"})
    sign = plugin.chimeric_sign_request
    assert sign(http, Secret("sk-ant-api-1"), config) == {"x-api-key": "sk-ant-api-1"}
    assert sign(http, Secret("workload"), token) == {"authorization": "Bearer workload"}
    assert sign(http, Secret("sk-ant-oat01-x"), config) == {
        "authorization": "Bearer sk-ant-oat01-x"
    }
    assert sign(http, None, config) == {}
    assert sign(own, Secret("sk-ant-api-1"), config) == {}


def test_a_server_elsewhere_gets_a_key_in_both_headers_and_a_token_as_bearer_alone(
    config: ProviderConfig,
) -> None:
    http = HTTPRequest(url="http://127.0.0.1:8000/v1/messages")
    token = msgspec.structs.replace(config, bearer=True)
    sign = plugin.chimeric_sign_request
    key = {"x-api-key": "secret", "authorization": "Bearer secret"}
    assert sign(http, Secret("secret"), config) == key
    assert sign(http, Secret("secret"), token) == {"authorization": "Bearer secret"}


def test_models_come_in_pages(config: ProviderConfig) -> None:
    first = plugin.chimeric_list_models(config, None)
    assert (first.method, first.url) == ("GET", "https://api.anthropic.com/v1/models?limit=1000")
    entry = {
        "id": "claude-x",
        "display_name": "Claude X",
        "created_at": "2026-01-01T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
    }
    page = plugin.chimeric_parse_models(
        answer({"data": [entry], "has_more": True, "last_id": "claude-x"}), config
    )
    assert page.models[0].created == 1767225600
    assert page.models[0].context_window == 1_000_000
    assert page.cursor == "claude-x"
    assert plugin.chimeric_list_models(config, page.cursor).url.endswith("&after_id=claude-x")
    last = plugin.chimeric_parse_models(answer({"data": [], "has_more": False}), config)
    assert last.cursor is None


def test_native_events_are_typed() -> None:
    event = Event(
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}'
    )
    native = plugin.chimeric_native_event(event, object())
    assert type(native).__name__ == "ContentBlockDeltaEvent"
    assert native.delta.text == "x"
    assert plugin.chimeric_native_event(Event(b'{"type":"new"}'), object()) == {"type": "new"}
    message = plugin.chimeric_native_event(Event(msgspec.json.encode(MESSAGE)), None)
    assert message.content[1].text == "Hi"
    assert message.usage.output_tokens == 4
