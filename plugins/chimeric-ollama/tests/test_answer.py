"""Lines and whole answers to deltas."""

from __future__ import annotations

import json
from typing import Any

import chimeric_ollama
import msgspec
import pytest
from chimeric_ollama.native import ChatResponse
from chimeric_ollama.parser import Answer

from chimeric import Delta, Event, HTTPResponse, NDJSONFramer, ProviderConfig, TokenLogprob


def read(*lines: dict[str, Any] | bytes) -> list[Delta]:
    answer = Answer()
    deltas: list[Delta] = []
    for line in lines:
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        said = chimeric_ollama.chimeric_parse_event(Event(data), answer)
        if said is not None:
            deltas.append(Delta(text=said) if isinstance(said, str) else said)
    return deltas


def line(content: str = "", **message: Any) -> dict[str, Any]:
    return {
        "model": "qwen3",
        "created_at": "2026-10-26T17:21:21.196249Z",
        "message": {"role": "assistant", "content": content, **message},
        "done": False,
    }


def last(reason: str | None = "stop", **more: Any) -> dict[str, Any]:
    counters = {"total_duration": 48, "prompt_eval_count": 26, "eval_count": 12}
    return {**line(), "done": True, "done_reason": reason, **counters, **more}


def test_thinking_and_text_are_told_apart_and_the_last_line_ends_the_turn():
    deltas = read(line(thinking="Easy."), line("Hel"), line("lo"), last())
    assert "".join(d.text or "" for d in deltas) == "Hello"
    assert "".join(d.reasoning or "" for d in deltas) == "Easy."
    assert deltas[0].model == "qwen3"
    end = deltas[-1]
    assert (end.finish_reason, end.finish_reason_native, end.done) == ("stop", "stop", True)
    assert end.usage is not None
    assert (end.usage.prompt_tokens, end.usage.completion_tokens) == (26, 12)
    assert end.usage.total_tokens == 38
    assert end.usage_native == {"total_duration": 48, "prompt_eval_count": 26, "eval_count": 12}


def test_text_on_the_last_line_is_not_lost():
    assert read(last(message={"content": "bye"}))[0].text == "bye"


def test_separators_of_unicode_do_not_cut_a_line():
    body = json.dumps(line("a\u2028b\u0085c"), ensure_ascii=False).encode() + b"\n"
    (event,) = NDJSONFramer().feed(body)
    assert read(event.data)[0].text == "a\u2028b\u0085c"


def test_calls_are_whole_and_counted_over_all_lines():
    first = {"id": "call_1", "function": {"index": 0, "name": "add", "arguments": {"x": 2}}}
    second = {"function": {"index": 0, "name": "add", "arguments": None}}
    third = {"function": {"name": "add", "arguments": '{"x":3}'}}
    deltas = read(line(tool_calls=[first, second]), line(tool_calls=[third]), last())
    parts = [part for delta in deltas for part in delta.tool_calls]
    assert [(p.index, p.id, p.arguments, p.complete) for p in parts] == [
        (0, "call_1", '{"x":2}', True),
        (1, None, "{}", True),
        (2, None, '{"x":3}', True),
    ]
    assert deltas[-1].finish_reason == "stop", "the core makes tool_calls of it"
    assert deltas[-1].finish_reason_native == "stop"


@pytest.mark.parametrize(
    ("native", "unified"),
    [("stop", "stop"), ("length", "length"), ("load", "other"), (None, None)],
)
def test_finish_reasons_are_unified(native, unified):
    assert read(last(native))[0].finish_reason == unified


def test_a_count_that_was_not_sent_is_not_made_up():
    (end,) = read(last(prompt_eval_count=None))
    assert end.usage is not None
    assert (end.usage.prompt_tokens, end.usage.total_tokens) == (None, None)
    assert read(last(prompt_eval_count=None, eval_count=None))[0].usage is None


def test_logprobs_are_in_the_metadata():
    deltas = read(line("a"), {**line("b"), "logprobs": [{"token": "b"}]}, last())
    assert deltas[1].text == "b"
    assert deltas[-1].metadata == {"logprobs": [{"token": "b"}]}


def test_logprobs_are_told_with_their_text():
    best = {"token": "b", "logprob": -0.5, "top_logprobs": [{"token": "c", "logprob": -1.5}]}
    told = {**line("b"), "logprobs": [best, {"token": "x"}]}
    probable = (TokenLogprob("b", -0.5, (TokenLogprob("c", -1.5),)),)
    for delta in (read(line("a"), told)[1], whole({**told, "done": True})):
        assert (delta.text, delta.logprobs) == ("b", probable)


def test_a_picture_is_a_file_and_told_once():
    png, jpeg = "iVBORw0KGgo=", "/9j/4AAQ"
    deltas = read(line(images=[png]), line(images=[png, jpeg]), last())
    told = [file for delta in deltas for file in delta.files]
    assert told == list(whole({**line(images=[png, jpeg]), "done": True}).files)
    assert [(f.id, f.part.data, f.part.media_type) for f in told] == [
        ("image_0", png, "image/png"),
        ("image_1", jpeg, "image/jpeg"),
    ]


@pytest.mark.parametrize("error", ["it broke", {"message": "it broke", "code": 5}])
def test_an_error_line_is_an_error(error):
    told = read(line("a"), {"error": error})[-1].error
    assert told is not None
    assert (told.message, told.kind) == ("it broke", None)


def test_nulls_are_absent_and_unknown_fields_are_skipped():
    deltas = read(
        line("a"),
        {"message": None, "done": None, "new": {"x": 1}},
        {"message": {"content": None, "thinking": None, "tool_calls": None}, "done": False},
        {},
        last(),
    )
    assert "".join(d.text or "" for d in deltas) == "a"


@pytest.mark.parametrize("wrong", [123, {"a": 1}, ["x"]])
def test_text_of_a_wrong_type_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        read({"message": {"content": wrong}})


@pytest.mark.parametrize("data", [b"42", b"null", b"[]", b"{", b"x"])
def test_what_is_no_line_is_refused(data):
    with pytest.raises(msgspec.DecodeError):
        read(data)


def whole(body: Any) -> Delta:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = HTTPResponse(status=200, headers={}, body=data)
    return chimeric_ollama.chimeric_parse_response(answer, Answer())


def test_a_whole_answer_says_everything_at_once():
    delta = whole(last(message={"content": "Hi", "thinking": "Hm."}))
    assert (delta.text, delta.reasoning, delta.finish_reason) == ("Hi", "Hm.", "stop")
    assert delta.done


def test_an_error_with_status_200_is_an_error():
    assert whole({"error": "nope"}).error is not None


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>"])
def test_a_body_of_another_shape_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        whole(body)


def test_error_answers_are_read():
    read_error = chimeric_ollama.chimeric_parse_error
    answer = HTTPResponse(status=404, headers={}, body=b'{"error":"model \'x\' not found"}')
    told = read_error(answer)
    assert told is not None
    assert told.message == "model 'x' not found"
    assert read_error(HTTPResponse(status=502, headers={}, body=b"<html>")) is None
    assert read_error(HTTPResponse(status=502, headers={}, body=b"{}")) is None


def test_native_lines_are_structs():
    native = chimeric_ollama.chimeric_native_event(Event(json.dumps(last()).encode()))
    assert isinstance(native, ChatResponse)
    assert (native.eval_count, native.done) == (12, True)


def test_the_models_that_are_pulled_are_listed():
    declared = chimeric_ollama.chimeric_provider()
    config = ProviderConfig(name="ollama", base_url="http://h:1", declaration=declared)
    assert chimeric_ollama.chimeric_list_models(config).url == "http://h:1/api/tags"
    data = json.dumps({"models": [{"name": "a:latest", "model": "a:latest", "size": 1}, {}]})
    answer = HTTPResponse(status=200, headers={}, body=data.encode())
    page = chimeric_ollama.chimeric_parse_models(answer, config)
    assert [m.id for m in page.models] == ["a:latest"]
    assert page.cursor is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("1.2.3.4", "http://1.2.3.4:11434"),
        (":56789", "http://127.0.0.1:56789"),
        ("example.test:80", "http://example.test:80"),
        ("https://host", "https://host"),
        ("http://host/path/", "http://host/path"),
        ("[::1]", "http://[::1]:11434"),
    ],
)
def test_every_form_of_ollama_host_is_understood(monkeypatch, host, url):
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert chimeric_ollama.chimeric_provider().base_url == url


def test_without_ollama_host_the_local_server_is_meant(monkeypatch):
    monkeypatch.delenv("OLLAMA_HOST", raising=False)
    declared = chimeric_ollama.chimeric_provider()
    assert declared.base_url == "http://127.0.0.1:11434"
    assert not declared.key_required


def test_an_error_field_with_words_or_a_list_is_an_error():
    told = read(b"error: gone away")[0].error
    assert told is not None
    assert told.message == "gone away"
    listed = read({"errors": [{"message": "nope"}]})[0].error
    assert listed is not None
    assert listed.message == "nope"


def test_an_empty_error_beside_a_message_is_none():
    (said,) = read({**line("a"), "error": ""})
    assert (said.text, said.error) == ("a", None)


def test_an_error_that_says_nothing_is_one():
    error = read({"error": {}})[0].error
    assert error is not None
    assert error.untold
