"""What the parser makes of the events, those of odd servers included."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from chimeric_responses import ResponsesState

from chimeric import Delta, Event, HTTPResponse, ToolCallDelta

BLOCKED = {"incomplete_details": {"reason": "content_filter"}}


def event(kind: str | None = None, name: str | None = None, **fields: Any) -> Event:
    body = fields if kind is None else {"type": kind, **fields}
    return Event(json.dumps(body).encode(), name)


def read(*events: Event) -> list[Delta]:
    """All that the events add, as deltas."""
    return deltas(ResponsesState(), *events)


def deltas(state: ResponsesState, *events: Event) -> list[Delta]:
    told = [one for e in events for one in several(state.parse(e))]
    return [Delta(text=p) if isinstance(p, str) else p for p in told]


def several(parsed: Any) -> list[Any]:
    """What a parser returned of one event, as a list."""
    return list(parsed) if isinstance(parsed, list) else [parsed] if parsed else []


def text(*events: Event) -> str:
    return "".join(d.text or "" for d in read(*events))


def delta(said: Any, output: int | None = 0, content: int | None = 0) -> Event:
    return event(
        "response.output_text.delta", delta=said, output_index=output, content_index=content
    )


def text_done(said: str, output: int | None = 0, content: int | None = 0) -> Event:
    return event("response.output_text.done", text=said, output_index=output, content_index=content)


def item_done(item: dict[str, Any], output: int | None = 0) -> Event:
    return event("response.output_item.done", item=item, output_index=output)


def message(*texts: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "output_text", "text": t} for t in texts]
    return {"type": "message", "content": content, **fields}


def call(arguments: str = '{"a":1}', **fields: Any) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "add",
        "arguments": arguments,
        **fields,
    }


def end(kind: str = "completed", **response: Any) -> Event:
    return event(f"response.{kind}", response=response)


def body(**fields: Any) -> Delta:
    """All that a whole answer says, as the last of its deltas."""
    response = HTTPResponse(status=200, headers={}, body=json.dumps(fields).encode())
    told = several(ResponsesState().parse_response(response))
    texts = {
        name: "".join(getattr(d, name) or "" for d in told) or None
        for name in ("text", "reasoning", "refusal")
    }
    calls = tuple(call for d in told for call in d.tool_calls)
    return msgspec.structs.replace(told[-1], **texts, tool_calls=calls)


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


def test_a_call_is_announced_streamed_and_closed() -> None:
    told = read(
        event("response.output_item.added", output_index=1, item=call("")),
        event("response.function_call_arguments.delta", output_index=1, delta='{"a"'),
        event("response.function_call_arguments.delta", output_index=1, delta=":1}"),
        event("response.function_call_arguments.done", output_index=1, arguments='{"a":1}'),
        item_done(call(), 1),
        end(status="completed"),
    )
    calls = [c for d in told for c in d.tool_calls]
    assert calls[0] == ToolCallDelta(0, "call_1", "add")
    assert [c.arguments for c in calls] == ["", '{"a"', ":1}", '{"a":1}', '{"a":1}']
    assert [c.replace for c in calls] == [False, False, False, True, True]
    assert [c.complete for c in calls] == [False, False, False, False, True]
    assert told[-1].finish_reason == "tool_calls"
    assert told[-1].state == [call()]


def test_calls_are_told_apart_by_output_index_though_item_ids_change() -> None:
    told = read(
        event("response.output_item.added", output_index=0, item=call("", id="x1")),
        event("response.function_call_arguments.delta", output_index=0, item_id="x2", delta="{}"),
        item_done(call("{}", id="x3"), 0),
        end(output=[call("{}", id="x4")]),
    )
    assert {c.index for d in told for c in d.tool_calls} == {0}
    assert told[-1].state is not None
    assert len(told[-1].state) == 1


def test_calls_without_output_index_are_told_apart_by_item_id() -> None:
    def piece(item: str, said: str) -> Event:
        return event("response.function_call_arguments.delta", item_id=item, delta=said)

    told = read(
        event("response.output_item.added", item=call("", id="a", call_id="c1")),
        event("response.output_item.added", item=call("", id="b", call_id="c2")),
        piece("a", "1"),
        piece("b", "2"),
        piece("a", "3"),
    )
    indexes = [c.index for d in told for c in d.tool_calls]
    assert indexes == [0, 1, 0, 1, 0]


def test_arguments_that_only_the_done_event_holds_are_told() -> None:
    told = read(
        event("response.output_item.added", output_index=0, item=call("")),
        event("response.function_call_arguments.done", output_index=0, arguments='{"a":1}'),
    )
    assert [c.arguments for c in told[-1].tool_calls] == ['{"a":1}']


def test_arguments_as_an_object_become_text() -> None:
    (told,) = read(item_done({**call(), "arguments": {"a": 1}}))
    assert told.tool_calls[0].arguments == '{"a":1}'


def test_a_call_cut_short_is_never_complete_and_never_echoed() -> None:
    cut = call('{"a', status="incomplete")
    told = read(
        item_done(cut), end("incomplete", incomplete_details={"reason": "max_output_tokens"})
    )
    assert not told[0].tool_calls[0].complete
    assert told[-1].finish_reason == "length"
    assert told[-1].state is None


def test_a_custom_tool_takes_free_text() -> None:
    told = read(
        event(
            "response.output_item.added",
            output_index=0,
            item={"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": ""},
        ),
        event("response.custom_tool_call_input.delta", output_index=0, delta="SELECT"),
        event("response.custom_tool_call_input.done", output_index=0, input="SELECT 1"),
    )
    calls = [c for d in told for c in d.tool_calls]
    assert {c.kind for c in calls} == {"custom"}
    assert calls[-1].arguments == "SELECT 1"


def test_reasoning_paragraphs_are_kept_apart() -> None:
    def part(index: int) -> Event:
        return event(
            "response.reasoning_summary_part.added", output_index=0, summary_index=index, part={}
        )

    def piece(said: str) -> Event:
        return event("response.reasoning_summary_text.delta", output_index=0, delta=said)

    told = read(part(0), piece("One"), piece("."), part(1), part(2), piece("Two."))
    assert "".join(d.reasoning or "" for d in told) == "One.\n\nTwo."


def test_raw_reasoning_is_reasoning() -> None:
    (told,) = read(event("response.reasoning_text.delta", output_index=0, delta="hm"))
    assert told == Delta(reasoning="hm", block=(0, 0, "content"))


def test_reasoning_without_deltas_comes_from_the_item() -> None:
    item = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "One."}, {"text": "Two."}],
    }
    told = read(item_done(item))
    assert [d.reasoning for d in told] == ["One.", "\n\nTwo."]
    assert [d.block for d in told] == [(0, 0, "summary"), (0, 1, "summary")]


def test_a_refusal_ends_the_turn_with_refusal() -> None:
    told = read(
        event("response.refusal.delta", output_index=0, delta="I can"),
        event("response.refusal.delta", output_index=0, delta="not."),
        event("response.refusal.done", output_index=0, refusal="I cannot."),
        item_done({"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}),
        end(status="completed"),
    )
    assert "".join(d.refusal or "" for d in told) == "I cannot."
    assert told[-1].finish_reason == "refusal"


def test_a_refusal_without_deltas_is_told() -> None:
    (told,) = read(event("response.refusal.done", output_index=0, refusal="I cannot."))
    assert told.refusal == "I cannot."
    answer = body(
        status="completed",
        output=[{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}],
    )
    assert (answer.refusal, answer.finish_reason) == ("No.", "refusal")


def test_citations_are_told_once() -> None:
    source = {"type": "url_citation", "url": "https://x.test", "title": "X"}
    cited = message("Hi")
    cited["content"][0]["annotations"] = [source]
    added = event("response.output_text.annotation.added", output_index=0, annotation=source)
    told = read(delta("Hi"), added, item_done(cited))
    assert [c.native for d in told for c in d.citations] == [source]
    late = read(delta("Hi"), item_done(cited))
    assert [c.native for d in late for c in d.citations] == [source]


def test_items_that_the_provider_ran_are_told_and_echoed() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    told = read(item_done(search, 0), delta("Hi", 1), item_done(message("Hi"), 1), end(output=[]))
    assert [t.native for t in told[0].server_tools] == [None, search]
    assert [t.status for t in told[0].server_tools] == ["started", "completed"]
    assert told[-1].state == [search, message("Hi")]


def test_items_that_only_the_final_response_holds_take_their_place() -> None:
    listing: dict[str, Any] = {"type": "mcp_list_tools", "id": "mcpl_1", "tools": []}
    answer = message("Hi", id="msg_1")
    told = read(delta("Hi", 1), item_done(answer, 1), end(output=[listing, answer]))
    assert [t.native for t in told[-2].server_tools] == [None, listing]
    assert told[-1].state == [listing, answer]


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


def test_a_signature_that_only_the_final_output_has_goes_back_in_the_next_turn() -> None:
    thought = {"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": "Hm"}]}
    whole = {**thought, "content": [], "encrypted_content": "sealed"}
    final = event("response.completed", response={"status": "completed", "output": [whole]})
    told = read(item_done(thought), final)
    assert told[-1].state == [{**thought, "encrypted_content": "sealed"}]


def test_a_signature_that_was_told_is_not_told_anew() -> None:
    thought = {"type": "reasoning", "id": "r1", "summary": [], "encrypted_content": "first"}
    again = {**thought, "encrypted_content": "second"}
    final = event("response.completed", response={"status": "completed", "output": [again]})
    assert read(item_done(thought), final)[-1].state == [thought]
