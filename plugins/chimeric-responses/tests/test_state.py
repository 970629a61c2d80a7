"""What the parser makes of the events, those of odd servers included."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_responses import ResponsesState

from chimeric import Delta, Event, HTTPResponse

from .parsed import body, call, delta, end, event, item_done, message, read

BLOCKED = {"incomplete_details": {"reason": "content_filter"}}


def text(*events: Event) -> str:
    return "".join(d.text or "" for d in read(*events))


def text_done(said: str, output: int | None = 0, content: int | None = 0) -> Event:
    return event("response.output_text.done", text=said, output_index=output, content_index=content)


def test_a_text_delta_is_plain_text_but_for_the_first_which_names_its_block() -> None:
    state = ResponsesState()
    assert state.parse(delta("Hi")) == Delta(text="Hi", block=(0, 0))
    assert state.parse(delta(" there")) == " there"


def test_the_id_and_model_are_told_once() -> None:
    start: dict[str, Any] = {"response": {"id": "resp_1", "model": "m"}}
    told = read(event("response.created", **start), event("response.in_progress", **start))
    assert [(d.id, d.model) for d in told] == [("resp_1", "m")]


def test_text_that_came_as_deltas_is_not_told_again() -> None:
    events = (delta("Hi"), text_done("Hi"), item_done(message("Hi")), end(output=[message("Hi")]))
    assert text(*events) == "Hi"


def test_text_without_deltas_comes_from_the_done_event() -> None:
    assert text(text_done("Hi"), item_done(message("Hi")), end(output=[message("Hi")])) == "Hi"


def test_text_without_deltas_and_done_comes_from_the_item() -> None:
    assert text(item_done(message("Hi", " there")), end(output=[])) == "Hi there"


def test_text_that_only_the_final_response_holds_is_told() -> None:
    assert text(end(output=[message("Hi")])) == "Hi"


def test_interleaved_parts_are_told_once_each() -> None:
    events = (
        delta("a", 0),
        delta("b", 1),
        delta("c", 0),
        text_done("ac", 0),
        text_done("b", 1),
        text_done("d", 1, 1),
    )
    assert text(*events) == "abcd"


def test_events_without_indexes_are_read_all_the_same() -> None:
    state = ResponsesState()
    told = state.parse(Event(b'{"type":"response.output_text.delta","delta":"Hi"}'))
    assert told == Delta(text="Hi", block=(0, 0))
    assert state.parse(Event(b'{"type":"response.output_text.done","text":"Hi"}')) is None


@pytest.mark.parametrize("said", [123, {"text": "x"}, ["x"], True])
def test_a_text_that_is_no_text_is_refused(said: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        ResponsesState().parse(delta(said))


@pytest.mark.parametrize("raw", [b"42", b'"hello"', b"null", b"[]", b"{", b""])
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        ResponsesState().parse(Event(raw))


def test_nulls_are_as_good_as_absent() -> None:
    nulls = {"item": None, "response": None, "output_index": None, "delta": None, "text": None}
    for kind in ("created", "output_item.added", "output_item.done", "output_text.delta"):
        assert ResponsesState().parse(event(f"response.{kind}", **nulls)) is None
    assert ResponsesState().parse(event(None, type=None, error=None)) is None


def test_events_of_no_known_type_are_told_once_and_pings_are_not() -> None:
    mystery = event("response.mystery.delta", delta=[1], output_index=3)
    (told,) = read(mystery, mystery)
    assert [(t.kind, t.status) for t in told.server_tools] == [
        ("other", "started"),
        ("other", "completed"),
    ]
    assert told.server_tools[1].native["delta"] == [1]
    assert read(event("response.ping"), event("keepalive"), event("response.text_part.new")) == []


def test_unknown_fields_are_skipped() -> None:
    assert text(delta("Hi"), end(status="completed", output=[], mystery={"a": 1})) == "Hi"


def test_a_done_marker_of_chat_completions_is_skipped() -> None:
    assert ResponsesState().parse(Event(b"[DONE]")) is None


def test_citations_are_told_once() -> None:
    source = {"type": "url_citation", "url": "https://x.test", "title": "X"}
    cited = message("Hi")
    cited["content"][0]["annotations"] = [source]
    added = event("response.output_text.annotation.added", output_index=0, annotation=source)
    told = read(delta("Hi"), added, item_done(cited))
    assert [c.native for d in told for c in d.citations] == [source]
    late = read(delta("Hi"), item_done(cited))
    assert [c.native for d in late for c in d.citations] == [source]


@pytest.mark.parametrize(
    ("kind", "response", "reason", "native"),
    [
        ("completed", {"status": "completed"}, "stop", "completed"),
        ("completed", {}, "stop", "completed"),
        ("done", {}, "stop", "completed"),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, "length", None),
        (
            "incomplete",
            {"incomplete_details": {"reason": "content_filter"}},
            "content_filter",
            None,
        ),
        ("incomplete", {"incomplete_details": {"reason": "steered"}}, "other", None),
        ("incomplete", {"incomplete_details": None}, "other", None),
        ("cancelled", {}, "other", "cancelled"),
    ],
)
def test_every_terminal_event_ends_the_turn(
    kind: str, response: dict[str, Any], reason: str, native: str | None
) -> None:
    (told,) = read(end(kind, **response))
    assert told.done
    assert told.finish_reason == reason
    assert told.finish_reason_native == (native or "incomplete")


def test_usage_is_told_as_it_was_sent_too() -> None:
    usage = {
        "input_tokens": 18,
        "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 2},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 23,
    }
    (told,) = read(end(usage=usage))
    assert told.usage is not None
    assert told.usage.prompt_tokens == 18
    assert told.usage.cached_tokens == 8
    assert told.usage.cache_write_tokens == 2
    assert told.usage.reasoning_tokens == 3
    assert told.usage_native == usage


@pytest.mark.parametrize(
    ("code", "retryable"), [("insufficient_quota", False), ("rate_limit_exceeded", None)]
)
def test_the_words_of_an_error_are_kept_wherever_they_stand(
    code: str, retryable: bool | None
) -> None:
    error = {"code": code, "message": "no"}
    nested = read(event("error", error={**error, "type": code, "param": None}))
    flat = read(event("error", **error))
    failed = read(end("failed", status="failed", error=error))
    for (told,) in (nested, flat, failed):
        assert told.error is not None
        assert (told.error.message, told.error.code) == ("no", code)
        assert told.error.retryable == retryable
        assert told.done


def test_a_failure_without_a_reason_is_an_error_all_the_same() -> None:
    (told,) = read(end("failed", status="failed", error=None))
    assert told.error is not None
    assert "did not say why" in told.error.message


def test_errors_in_shapes_of_gateways_are_errors() -> None:
    assert read(event(None, error="boom"))[0].error is not None
    named = read(event(None, name="error", detail="boom"))
    assert named[0].error is not None


def test_a_whole_answer_is_read_like_a_stream() -> None:
    answer = body(
        id="resp_1",
        model="m",
        status="completed",
        service_tier="default",
        output=[
            {"type": "reasoning", "summary": [{"text": "hm"}]},
            message("Hi", id="msg_1"),
            call(status="completed"),
        ],
    )
    assert (answer.id, answer.model, answer.text, answer.reasoning) == ("resp_1", "m", "Hi", "hm")
    assert [c.complete for c in answer.tool_calls] == [True]
    assert answer.finish_reason == "tool_calls"
    assert answer.metadata == {"service_tier": "default"}
    assert answer.state is not None
    assert len(answer.state) == 3
    assert answer.done


def test_a_background_answer_that_is_not_ready_is_told_as_such() -> None:
    answer = body(id="resp_1", status="queued", output=[])
    assert (answer.finish_reason, answer.finish_reason_native) == ("other", "queued")


def test_an_error_object_with_status_200_is_an_error() -> None:
    for answer in (body(error={"message": "no"}), body(status="failed", error={"message": "no"})):
        assert answer.error is not None
        assert answer.error.message == "no"


@pytest.mark.parametrize("raw", [b"{}", b'{"choices": []}', b"42", b"null"])
def test_a_body_that_is_no_response_is_no_empty_answer(raw: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        ResponsesState().parse_response(HTTPResponse(status=200, headers={}, body=raw))


def test_plain_text_as_the_content_of_an_item_is_told() -> None:
    assert text(item_done({"type": "message", "content": "Hi"})) == "Hi"
    assert text(delta("Hi"), item_done({"type": "message", "content": "Hi"})) == "Hi"


def test_an_empty_annotation_is_nothing() -> None:
    assert read(event("response.output_text.annotation.added", annotation=None)) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"code": "image_too_small"}, 400),
        ({"status": 429}, 429),
        ({"error": {"http_status_code": "422"}}, 422),
        ({"status_code": 400, "error": {"type": "usage_limit_reached"}}, 400),
        ({"code": None}, None),
    ],
)
def test_a_status_is_read_where_it_stands_in_figures(
    fields: dict[str, Any], status: int | None
) -> None:
    (told,) = read(event("error", **{"message": "no", **fields}))
    assert told.error is not None
    assert told.error.status == status
