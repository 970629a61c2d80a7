"""Events and whole answers to deltas."""

from __future__ import annotations

import json
from typing import Any

import chimeric_cohere
import msgspec
import pytest
from chimeric_cohere.native import ChatEvent, ChatResponse
from chimeric_cohere.parser import Answer

from chimeric import Delta, Event, HTTPResponse, TokenLogprob


def read(*events: dict[str, Any] | bytes) -> list[Delta]:
    answer = Answer()
    deltas: list[Delta] = []
    for event in events:
        data = event if isinstance(event, bytes) else json.dumps(event).encode()
        said = chimeric_cohere.chimeric_parse_event(Event(data), answer)
        told = said if isinstance(said, list) else [said]
        deltas += [Delta(text=d) if isinstance(d, str) else d for d in told if d is not None]
    return [delta for delta in deltas if delta != Delta(block=delta.block)]


def message(kind: str, index: int | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "index": index, "delta": {"message": fields}}


def end(reason: str, **more: Any) -> dict[str, Any]:
    usage = {
        "billed_units": {"input_tokens": 12.0, "output_tokens": 7.0},
        "tokens": {"input_tokens": 507.0, "output_tokens": 10.0},
        "cached_tokens": 448.0,
    }
    return {"type": "message-end", "delta": {"finish_reason": reason, "usage": usage, **more}}


START = {
    "id": "abc",
    "type": "message-start",
    "delta": {
        "message": {
            "role": "assistant",
            "content": [],
            "tool_plan": "",
            "tool_calls": [],
            "citations": [],
        }
    },
}


def test_text_and_thinking_are_told_apart_and_the_end_brings_usage():
    deltas = read(
        START,
        message("content-start", 0, content={"type": "thinking", "thinking": ""}),
        message("content-delta", 0, content={"thinking": "Hm."}),
        message("content-start", 1, content={"type": "text", "text": ""}),
        message("content-delta", 1, content={"text": "Hel"}),
        message("content-delta", 1, content={"text": "lo"}),
        {"type": "content-end", "index": 1},
        end("COMPLETE"),
        b"[DONE]",
    )
    assert "".join(d.text or "" for d in deltas) == "Hello"
    assert "".join(d.reasoning or "" for d in deltas) == "Hm."
    assert deltas[0].id == "abc"
    last = deltas[-2]
    assert (last.finish_reason, last.finish_reason_native) == ("stop", "COMPLETE")
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.total_tokens) == (507, 517)
    assert (last.usage.cached_tokens, last.usage.reasoning_tokens) == (448, None)
    assert last.state == [
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hello"}],
        }
    ]
    assert deltas[-1].done


def test_plain_text_leaves_no_state():
    assert (
        read(message("content-delta", 0, content={"text": "a"}), end("COMPLETE"))[-1].state is None
    )


def test_a_tool_plan_is_reasoning_and_calls_come_in_pieces():
    function = {"name": "weather", "arguments": ""}
    deltas = read(
        message("tool-plan-delta", tool_plan="I will look."),
        message(
            "tool-call-start", 0, tool_calls={"id": "w1", "type": "function", "function": function}
        ),
        message("tool-call-delta", 0, tool_calls={"function": {"arguments": '{"city":'}}),
        message("tool-call-delta", 0, tool_calls={"function": {"arguments": '"Rome"}'}}),
        {"type": "tool-call-end", "index": 0},
        message("tool-call-start", 1, tool_calls={"id": "n1", "function": {"name": "now"}}),
        {"type": "tool-call-end", "index": 1},
        end("TOOL_CALL"),
    )
    assert deltas[0].reasoning == "I will look."
    parts = [part for delta in deltas for part in delta.tool_calls]
    assert [(p.index, p.id, p.name, p.arguments, p.complete) for p in parts] == [
        (0, "w1", "weather", "", False),
        (0, None, None, '{"city":', False),
        (0, None, None, '"Rome"}', False),
        (0, None, None, "", True),
        (1, "n1", "now", "", False),
        (1, None, None, "", True),
    ]
    assert deltas[-1].finish_reason == "tool_calls"
    state: Any = deltas[-1].state
    assert state[0]["tool_plan"] == "I will look."
    assert [c["function"]["arguments"] for c in state[0]["tool_calls"]] == ['{"city":"Rome"}', "{}"]


def test_citations_are_kept_in_the_providers_form():
    citation = {"start": 0, "end": 1, "text": "4", "sources": [{"type": "tool", "id": "x"}]}
    deltas = read(message("citation-start", 0, citations=citation), {"type": "citation-end"})
    assert [c.native for d in deltas for c in d.citations] == [citation]


def test_logprobs_are_in_the_metadata_and_the_text_is_not_lost():
    logged = {**message("content-delta", 0, content={"text": "a"}), "logprobs": {"logprobs": [0]}}
    deltas = read(logged, end("COMPLETE"))
    assert (deltas[0].text, deltas[0].logprobs) == ("a", (TokenLogprob("a", 0.0),))
    assert deltas[-1].metadata == {"logprobs": [{"logprobs": [0]}]}


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("ERROR_TOXIC", "content_filter"),
        ("ERROR", "other"),
        ("TIMEOUT", "other"),
        ("NEW", "other"),
    ],
)
def test_finish_reasons_are_unified(native, unified):
    assert read(end(native))[0].finish_reason == unified


def test_a_failure_with_a_text_is_an_error():
    error = read(end("ERROR", error="it broke"))[0].error
    assert error is not None
    assert (error.message, error.type, error.kind) == ("it broke", "ERROR", None)


def test_an_error_body_inside_a_stream_is_an_error():
    error = read({"id": "x", "message": "internal"})[0].error
    assert error is not None
    assert error.message == "internal"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "debug", "prompt": "x"},
        {"type": "of-the-future", "delta": {"message": {"new": [1]}}},
        {"type": "content-delta"},
        {"type": "content-delta", "delta": None},
        {"type": "content-delta", "delta": {"message": None}},
        {"type": "content-delta", "delta": {"message": {"content": None}}},
        {"type": "content-delta", "delta": {"message": {"content": {"text": None}}}},
        {"type": "tool-call-delta", "delta": {"message": {"tool_calls": None}}},
        {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": None}}},
        {"type": "citation-start", "delta": {"message": {}}},
        {"type": "message-start", "id": None},
        {"type": None},
        {},
    ],
)
def test_nulls_are_absent_and_unknown_events_are_skipped(event):
    assert read(event) == []


def test_an_end_without_anything_says_nothing():
    assert read({"type": "message-end", "delta": None})[0].finish_reason is None


@pytest.mark.parametrize("wrong", [123, {"a": 1}, []])
def test_text_of_a_wrong_type_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        read(message("content-delta", 0, content={"text": wrong}))


@pytest.mark.parametrize("data", [b"42", b"null", b"[]", b"{", b"x"])
def test_what_is_no_event_is_refused(data):
    with pytest.raises(msgspec.DecodeError):
        read(data)


def whole(body: Any) -> list[Delta]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = HTTPResponse(status=200, headers={}, body=data)
    told = chimeric_cohere.chimeric_parse_response(answer, Answer())
    return told if isinstance(told, list) else [told]


def test_a_whole_answer_says_everything_at_once():
    call = {"id": "n1", "type": "function", "function": {"name": "now", "arguments": "null"}}
    deltas = whole(
        {
            "id": "abc",
            "message": {
                "role": "assistant",
                "tool_plan": "Plan.",
                "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A"}],
                "tool_calls": [call],
                "citations": [{"start": 0}],
            },
            "finish_reason": "TOOL_CALL",
            "usage": {"tokens": {"input_tokens": 1, "output_tokens": 2}},
        }
    )
    assert [(d.reasoning, d.text) for d in deltas[:3]] == [
        ("Plan.", None),
        ("Hm.", None),
        (None, "A"),
    ]
    assert deltas[3].tool_calls[0].complete
    assert [c.native for c in deltas[4].citations] == [{"start": 0}]
    delta = deltas[-1]
    assert (delta.id, delta.finish_reason, delta.done) == ("abc", "tool_calls", True)
    state: Any = delta.state
    assert state[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_an_error_text_with_status_200_is_an_error():
    error = whole({"message": "nope"})[-1].error
    assert error is not None
    assert error.message == "nope"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"<html>", b'{"message": 5}'])
def test_a_body_of_another_shape_is_refused(body):
    with pytest.raises(msgspec.DecodeError):
        whole(body)


@pytest.mark.parametrize(
    ("status", "body", "message", "kind"),
    [
        (404, b'{"id":"x","message":"model not found"}', "model not found", None),
        (498, b'{"message":"invalid token"}', "invalid token", "auth"),
        (401, b"invalid api token", "invalid api token", None),
    ],
)
def test_error_answers_are_read(status, body, message, kind):
    error = chimeric_cohere.chimeric_parse_error(HTTPResponse(status=status, headers={}, body=body))
    assert error is not None
    assert (error.message, error.kind) == (message, kind)


@pytest.mark.parametrize("body", [b"<html>", b"", b"{}"])
def test_an_error_answer_without_a_message_is_left_to_the_core(body):
    answer = HTTPResponse(status=502, headers={}, body=body)
    assert chimeric_cohere.chimeric_parse_error(answer) is None


def test_native_events_are_structs():
    native = chimeric_cohere.chimeric_native_event
    event = native(Event(json.dumps(end("COMPLETE")).encode()), Answer())
    assert isinstance(event, ChatEvent)
    assert event.delta.usage.tokens.input_tokens == 507
    assert native(Event(b"[DONE]"), Answer()) is None
    assert isinstance(native(Event(b'{"message":{"content":[{"text":"a"}]}}'), None), ChatResponse)


def test_the_start_of_a_message_may_hold_all_of_it():
    call = {"id": "n1", "function": {"name": "now", "arguments": "{}"}}
    deltas = read(
        message("message-start", tool_plan="Plan.", content=["Hi"], tool_calls=[call]),
        end("TOOL_CALL"),
    )
    assert [(d.reasoning, d.text) for d in deltas[:2]] == [("Plan.", None), (None, "Hi")]
    assert deltas[2].tool_calls[0].name == "now"
    assert deltas[3].state is not None


def test_a_call_that_is_told_again_from_its_middle_is_told_once():
    begin = message("tool-call-start", 0, tool_calls={"id": "a", "function": {"name": "f"}})
    half, whole = (
        message("tool-call-delta", None, tool_calls={"function": {"arguments": text}})
        for text in ('{"a"', '{"a":1}')
    )
    parts = [p for d in read(begin, half, begin, whole) for p in d.tool_calls]
    assert "".join(part.arguments for part in parts) == '{"a":1}'


def test_a_piece_of_a_call_that_never_began_breaks_the_protocol():
    with pytest.raises(msgspec.ValidationError, match="never began"):
        read(message("tool-call-delta", 0, tool_calls={"function": {"arguments": "{"}}))


def test_a_call_that_a_whole_answer_holds_twice_is_one():
    call = {"id": "n1", "type": "function", "function": {"name": "now", "arguments": "{}"}}
    told = whole({"message": {"tool_calls": [call, call]}, "finish_reason": "TOOL_CALL"})
    assert sum(len(delta.tool_calls) for delta in told) == 1


def test_log_probabilities_of_a_whole_answer_are_in_the_metadata():
    told = whole({"message": {"content": "Hi"}, "logprobs": [1]})
    assert (told[0].text, told[-1].metadata) == ("Hi", {"logprobs": [[1]]})


def test_an_empty_error_beside_an_event_is_none():
    assert read({**message("content-delta", 0, content={"text": "a"}), "error": ""})[0].text == "a"


def test_events_without_types_are_known_by_what_they_hold():
    plan = {"delta": {"message": {"tool_plan": "Plan."}}}
    call = {"delta": {"message": {"tool_calls": {"id": "a", "function": {"name": "f"}}}}}
    deltas = read(plan, call)
    assert deltas[0].reasoning == "Plan."
    assert deltas[1].tool_calls[0].name == "f"


def test_an_error_in_a_list_is_an_error():
    error = read({"errors": [{"message": "nope", "code": 429}]})[0].error
    assert error is not None
    assert (error.message, error.code) == ("nope", 429)
