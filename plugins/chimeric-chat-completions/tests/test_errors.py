"""Errors: as a status, inside a stream, and as the body of a 200."""

from __future__ import annotations

import msgspec
import pytest
from chimeric_chat_completions import chimeric_parse_error, compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import Event, HTTPResponse

SHAPES = [
    (
        {"error": {"message": "no", "type": "server_error", "code": None}},
        "no",
        "server_error",
        None,
    ),
    ({"error": {"message": "no", "code": 429}}, "no", None, 429),
    ({"error": "no", "code": "bad_argument"}, "no", None, "bad_argument"),
    ({"detail": "no"}, "no", None, None),
    (
        {"detail": [{"loc": ["body", "model"], "msg": "field required", "type": "missing"}]},
        "body.model: field required",
        None,
        None,
    ),
    ({"object": "error", "message": "no", "type": "x", "code": 400}, "no", "x", 400),
    ({"object": "error", "message": {"detail": [{"loc": [], "msg": "no"}]}}, "no", None, None),
    ({"message": "no", "type": "too_many_requests_error", "code": "q"}, "no", None, "q"),
    ([{"error": {"message": "no", "code": 404, "status": "NOT_FOUND"}}], "no", None, 404),
]


@pytest.mark.parametrize(("body", "message", "kind", "code"), SHAPES)
def test_every_shape_of_an_error_body_is_read(body, message, kind, code):
    response = HTTPResponse(status=400, headers={}, body=msgspec.json.encode(body))
    error = chimeric_parse_error(response)
    assert error is not None
    assert (error.message, error.code) == (message, code)
    assert error.status is None, "the status line tells it"
    if kind:
        assert error.type == kind


@pytest.mark.parametrize("body", [b"<html>502</html>", b"{}", b"[]", b"null", b'{"choices": []}'])
def test_what_is_no_error_body_is_left_to_the_core(body):
    assert chimeric_parse_error(HTTPResponse(status=502, headers={}, body=body)) is None


def test_the_words_of_the_upstream_provider_are_told():
    error = {"code": 429, "message": "Provider returned error", "metadata": {"raw": "busy"}}
    response = HTTPResponse(status=429, headers={}, body=msgspec.json.encode({"error": error}))
    assert chimeric_parse_error(response).message == "Provider returned error: busy"


def test_a_used_up_quota_is_not_worth_a_retry():
    error = {"error": {"message": "pay", "code": "insufficient_quota"}}
    response = HTTPResponse(status=429, headers={}, body=msgspec.json.encode(error))
    assert chimeric_parse_error(response).retryable is False


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        ({"error": {"message": "m", "type": "server_error"}}, None),  # the core reads words
        ({"error": {"message": "m", "code": 502}, "choices": []}, 502),
        ({"error": {"message": "m", "status_code": 400}}, 400),
        ({"error": {"message": "m", "code": "rate_limit_exceeded"}}, None),
        ({"error": {"message": "m", "code": "429"}}, 429),
        ({"error": {"message": "m", "code": "1302"}}, 429),
        ({"base_resp": {"status_msg": "m", "status_code": 1004}}, 401),
        ({"error": {"message": "m"}, "status_code": 503}, 503),
        ({"error": {"message": "m", "code": 40}}, None),
        ({"error": "m"}, None),
        ({"detail": "m"}, None),
        ({"object": "error", "message": "m", "code": 404}, 404),
    ],
)
def test_an_error_inside_a_stream_tells_the_status_that_it_means(read, chunk, frame, status):
    deltas = read(chunk({"content": "a"}), chunk({"content": "b"}), frame)
    assert [d.text for d in deltas] == ["a", "b", None]
    assert (deltas[-1].error.message, deltas[-1].error.status) == ("m", status)


def test_text_beside_an_error_is_not_lost(read, chunk):
    deltas = read(chunk({"content": "a"}), chunk({"content": "b"}, error={"message": "m"}))
    assert (deltas[1].text, deltas[1].error.message) == ("b", "m")


def test_an_event_named_error_is_an_error_whatever_it_holds(read, chunk):
    deltas = read(chunk({"content": "a"}), Event(b'{"reason": "x"}', "error"))
    assert deltas[-1].error.message == '{"reason":"x"}'


def whole(body: object):
    state = ChatState(compatible.DIALECT, None)  # type: ignore[arg-type]
    return state.parse_response(
        HTTPResponse(status=200, headers={}, body=msgspec.json.encode(body))
    )


def test_an_error_object_in_a_whole_answer_is_an_error():
    assert whole({"error": {"message": "m", "code": 500}}).error.status == 500


@pytest.mark.parametrize("body", [{"method": "POST"}, {"choices": []}, {}, [], 3])
def test_a_whole_answer_without_choices_is_an_error(body):
    with pytest.raises(msgspec.ValidationError):
        whole(body)


def test_a_whole_answer_is_complete():
    calls = [{"id": i, "function": {"name": "f", "arguments": "{}"}} for i in "ab"]
    message = {"role": "assistant", "content": "t", "reasoning": "r", "tool_calls": calls}
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    delta = whole({"id": "1", "model": "m", "choices": [{"message": message}], "usage": usage})
    assert (delta.text, delta.reasoning, delta.done) == ("t", "r", True)
    assert delta.finish_reason is None, "it was not told"
    assert [(c.index, c.id, c.complete) for c in delta.tool_calls] == [
        (0, "a", False),
        (1, "b", False),
    ]
    assert delta.usage.total_tokens == 3
