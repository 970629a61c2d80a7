"""Streams that are broken, or that other servers write in their own way."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chimeric import Delta

from .events import END, Stream, block, delta, finish, start, stop, text_of


def test_padding_after_the_json_is_nothing(stream: Stream) -> None:
    raw = msgspec.json.encode(delta(0, "text", text="x"))
    assert text_of(stream(block(0, type="text", text=""), raw + b"      ")) == "x"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ping"},
        {"type": "a_future_event", "delta": "not an object", "index": "x"},
        delta(0, "future", text="not ours"),
        {"type": "content_block_delta", "index": 0, "delta": None},
        {"type": "content_block_stop", "index": 7},
        {"type": "message_delta", "delta": None, "usage": None},
        {"type": "content_block_start", "index": 3, "content_block": None},
        {},
        b"[DONE]",
    ],
)
def test_what_is_not_known_adds_nothing(stream: Stream, event: Any) -> None:
    for added in stream(event):
        assert added == Delta()


@pytest.mark.parametrize(
    "event",
    [
        b"42",
        b"null",
        b'"hello"',
        b'{"type":"content_block_delta",',
        delta(0, "text", text=123),
        delta(0, "text", text={"a": 1}),
        delta(9, "input_json", partial_json="{}"),
        block(0, type="text", text=5),
    ],
)
def test_what_breaks_the_protocol_raises(stream: Stream, event: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        stream(start(), event)


def test_a_repeated_message_start_is_ignored(stream: Stream) -> None:
    assert len(stream(start(), start(), start(None))) == 1


def test_two_messages_in_one_stream_are_an_error(stream: Stream) -> None:
    with pytest.raises(msgspec.ValidationError, match="msg_2"):
        stream(start("msg_1"), start("msg_2"))


@pytest.mark.parametrize(
    ("kind", "status"),
    [("overloaded_error", 529), ("rate_limit_error", 429), ("api_error", 500)],
)
def test_an_error_event_carries_what_its_type_means(stream: Stream, kind: str, status: int) -> None:
    event = {"type": "error", "error": {"type": kind, "message": "m"}, "request_id": "req_1"}
    error = stream(start(), event)[-1].error
    assert error is not None
    assert (error.message, error.type, error.status) == ("m", kind, status)
    assert error.request_id == "req_1"


@pytest.mark.parametrize("body", [b'{"what":"is this"}', b"gone away", b"{}"])
def test_an_error_event_of_any_shape_is_an_error(stream: Stream, body: bytes) -> None:
    error = stream(body, name="error")[-1].error
    assert error is not None
    assert error.kind is None, "its words tell, if anything does"
    assert body.decode() in error.message


def test_an_error_object_without_a_type_is_an_error(stream: Stream) -> None:
    error = stream({"error": {"message": "upstream gone"}})[-1].error
    assert error is not None
    assert error.message == "upstream gone"


def test_an_error_beside_an_ordinary_event_keeps_what_the_event_says(stream: Stream) -> None:
    event = {**delta(0, "text", text="Hi"), "error": {"type": "too_many_requests", "code": 429}}
    last = stream(start(), event)[-1]
    assert last.text == "Hi"
    assert last.error is not None
    assert (last.error.type, last.error.code, last.error.kind) == ("too_many_requests", 429, None)


def test_an_empty_error_beside_an_ordinary_event_is_none(stream: Stream) -> None:
    assert text_of(stream({**delta(0, "text", text="Hi"), "error": {}})) == "Hi"


def test_a_part_of_a_call_that_is_announced_again_is_told_once(stream: Stream) -> None:
    call = block(0, type="tool_use", id="t", name="f", input={})
    first, second = (delta(0, "input_json", partial_json=text) for text in ('{"a"', ":1}"))
    deltas = stream(call, first, call, first, second, stop(0))
    assert "".join(c.arguments for d in deltas for c in d.tool_calls) == '{"a":1}'


def test_calls_with_one_id_and_other_arguments_are_two(stream: Stream) -> None:
    calls = [block(n, type="tool_use", id="t", name="f", input={"a": n}) for n in (1, 2)]
    deltas = stream(calls[0], stop(1), calls[1], stop(2))
    assert [c.arguments for d in deltas for c in d.tool_calls if c.arguments] == [
        '{"a":1}',
        '{"a":2}',
    ]


def test_a_complete_message_that_is_streamed_too_is_told_once(stream: Stream) -> None:
    begin = start()
    begin["message"] |= {"content": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}
    deltas = stream(
        begin, block(0, type="thinking", thinking=""), delta(0, "thinking", thinking="hm"), stop(0)
    )
    assert "".join(d.reasoning or "" for d in deltas) == "hm"


def test_blocks_without_types_are_known_by_what_they_hold(stream: Stream) -> None:
    assert text_of(stream(block(0, text="Hi"))) == "Hi"
    assert stream(block(0, thinking="hm"))[-1].reasoning == "hm"
    assert stream(block(0, id="t", name="f"))[-1].tool_calls[0].name == "f"
    assert text_of(stream(block(0, type="output_text", text="Hi"))) == "Hi"


def test_a_message_that_ends_without_a_reason_is_echoed_all_the_same(stream: Stream) -> None:
    deltas = stream(
        start(),
        block(0, type="thinking", thinking="hm", signature="s"),
        block(1, type="tool_use", id="t", name="f", input={}),
        delta(1, "input_json", partial_json="{}"),
        stop(1),
        END,
    )
    assert deltas[-1].finish_reason is None
    assert deltas[-1].state is not None
    assert [item["type"] for item in deltas[-1].state] == ["thinking", "tool_use"]


def test_a_call_that_is_announced_again_with_its_arguments_has_them(stream: Stream) -> None:
    call = {"type": "tool_use", "id": "t", "name": "f"}
    deltas = stream(block(0, **call), block(0, **call, input={"a": 1}), stop(0))
    assert [c.arguments for d in deltas for c in d.tool_calls] == ["", '{"a":1}']


def test_a_call_without_an_id_that_is_announced_again_is_the_same(stream: Stream) -> None:
    call = block(0, type="tool_use", name="f")
    assert len(stream(call, call)) == 1
    assert len(stream(call, stop(0), call)) == 2


def test_a_complete_message_that_is_announced_with_more_tells_the_rest(stream: Stream) -> None:
    begin = start()
    begin["message"] |= {"content": [{"type": "text", "text": "Hel"}]}
    assert text_of(stream(begin, block(0, type="text", text="Hello"))) == "Hello"
    assert text_of(stream(begin, block(0, type="text", text=""), delta(0, "text", text="!"))) == (
        "Hel!"
    )


def test_deltas_into_a_block_of_the_future_are_kept_with_it(stream: Stream) -> None:
    deltas = stream(block(0, type="new", a=1), delta(0, "new", text="x"), finish("end_turn"))
    assert deltas[-1].metadata is not None
    assert deltas[-1].metadata["other_content"] == [
        {"type": "new", "a": 1, "deltas": [{"type": "new_delta", "text": "x"}]}
    ]


def test_a_delta_whose_type_speaks_of_reasoning_is_reasoning(stream: Stream) -> None:
    assert stream(delta(0, "reasoning_text", text="hm"))[-1].reasoning == "hm"


def test_events_without_types_and_names_are_known_by_what_they_hold(stream: Stream) -> None:
    events: list[dict[str, Any]] = [start(), block(0, type="text", text="Hi"), finish("end_turn")]
    for event in events:
        del event["type"]
    deltas = stream(*events)
    assert (text_of(deltas), deltas[-1].finish_reason) == ("Hi", "stop")


def test_a_delta_without_an_index_belongs_to_the_latest_block(stream: Stream) -> None:
    call = block(3, type="tool_use", id="t", name="f")
    added = stream(call, delta(None, "input_json", partial_json="{}"))[-1].tool_calls[0]
    assert (added.index, added.arguments) == (3, "{}")


def test_content_that_is_no_block_breaks_the_protocol(stream: Stream) -> None:
    begin = start()
    begin["message"] |= {"content": ["Hi"]}
    with pytest.raises(msgspec.ValidationError, match="no block"):
        stream(begin)
