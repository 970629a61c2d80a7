"""Streams, as OpenAI documents them and as other servers send them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_chat_completions import ChatDialect, compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import Citation, Event, Request, ToolCallDelta


def texts(deltas: Any) -> str:
    return "".join(d.text or "" for d in deltas)


def thoughts(deltas: Any) -> str:
    return "".join(d.reasoning or "" for d in deltas)


def calls(deltas: Any) -> list[ToolCallDelta]:
    return [call for d in deltas for call in d.tool_calls]


def test_a_plain_stream_gives_id_model_text_finish_and_usage(read, chunk):
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    deltas = read(
        chunk({"role": "assistant", "content": ""}),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        {"id": "chatcmpl-1", "choices": [], "usage": usage},
        "[DONE]",
    )
    assert texts(deltas) == "Hello"
    assert (deltas[0].id, deltas[0].model) == ("chatcmpl-1", "m-1")
    finish = next(d for d in deltas if d.finish_reason)
    assert (finish.finish_reason, finish.finish_reason_native) == ("stop", "stop")
    counted = next(d for d in deltas if d.usage)
    assert counted.usage_native == usage
    assert (counted.usage.cached_tokens, counted.usage.reasoning_tokens) == (4, 1)
    assert deltas[-1].done


def test_text_after_the_first_comes_as_a_plain_string(chunk):
    state = ChatState(compatible.DIALECT, Request(model="m", messages=()))
    frames = [Event(msgspec.json.encode(chunk({"content": part}))) for part in "abc"]
    assert [type(state.parse(frame)) for frame in frames][1:] == [str, str]


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_has_two_names_and_is_not_text(read, chunk, name):
    deltas = read(
        *(chunk({name: part}) for part in ("Let", " me", " see")),
        chunk({"content": "4", name: None}),
        chunk({"content": "2"}),
    )
    assert (thoughts(deltas), texts(deltas)) == ("Let me see", "42")


def test_reasoning_under_both_names_counts_once(read, chunk):
    both = chunk({"reasoning": "a", "reasoning_content": "a", "content": None})
    assert thoughts(read(both, both, both)) == "aaa"


def test_reasoning_details_are_read_only_where_no_plain_text_is_sent(read, chunk):
    details = [{"type": "reasoning.text", "text": "why", "index": 0}]
    deltas = read(
        chunk({"content": "", "reasoning": "why", "reasoning_details": details}),
        chunk({"content": "", "reasoning": None, "reasoning_details": details}),
    )
    assert thoughts(deltas) == "whywhy"


def test_fragments_of_arguments_keep_their_index(read, chunk):
    def fragment(index: int, arguments: str, **rest: Any) -> dict[str, Any]:
        return {"index": index, "function": {"arguments": arguments}, **rest}

    start = {"id": "call_a", "type": "function", "function": {"name": "add", "arguments": ""}}
    deltas = read(
        chunk({"role": "assistant", "content": None, "tool_calls": [{"index": 0, **start}]}),
        chunk({"tool_calls": [fragment(0, '{"x"')]}),
        chunk({"tool_calls": [fragment(0, ":1}")]}),
        chunk({"tool_calls": [fragment(1, '{"y":2}', id="call_b")]}),
        chunk({}, "tool_calls"),
    )
    assert [(c.index, c.id, c.name, c.arguments) for c in calls(deltas)] == [
        (0, "call_a", "add", ""),
        (0, None, None, '{"x"'),
        (0, None, None, ":1}"),
        (1, "call_b", None, '{"y":2}'),
    ]
    assert deltas[-1].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("arguments", "text", "replace"),
    [({"x": 1}, '{"x":1}', True), (None, "", False), ("", "", False)],
)
def test_arguments_may_be_an_object_null_or_empty(read, chunk, arguments, text, replace):
    call = {"id": "", "function": {"name": "f", "arguments": arguments}}
    (found,) = calls(read(chunk({"tool_calls": [call]})))
    assert (found.index, found.id, found.arguments) == (None, None, text)
    assert found.replace is replace


def test_the_old_function_call_is_a_tool_call(read, chunk):
    deltas = read(
        chunk({"function_call": {"name": "f", "arguments": '{"a"'}}),
        chunk({"function_call": {"arguments": ":1}"}}),
        chunk({}, "function_call"),
    )
    assert "".join(c.arguments for c in calls(deltas)) == '{"a":1}'
    assert deltas[-1].finish_reason == "tool_calls"


def test_a_custom_tool_call_carries_free_text(read, chunk):
    call = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sql", "input": "SELECT"}}
    (found,) = calls(read(chunk({"tool_calls": [call]})))
    assert (found.kind, found.name, found.arguments) == ("custom", "sql", "SELECT")


def test_what_stop_means_after_a_tool_call_is_left_to_the_core(read, chunk):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    deltas = read(chunk({"tool_calls": [call]}), chunk({}, "stop"))
    assert deltas[-1].finish_reason == "stop"
    assert deltas[-1].finish_reason_native == "stop"


def test_a_refusal_is_no_text_and_its_reason_is_left_to_the_core(read, chunk):
    deltas = read(chunk({"refusal": "I can"}), chunk({"refusal": "not"}), chunk({}, "stop"))
    assert "".join(d.refusal or "" for d in deltas) == "I cannot"
    assert texts(deltas) == ""
    assert deltas[-1].finish_reason == "stop"


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("model_length", "length"),
        ("content_filter", "content_filter"),
        ("MAX_TOKENS", "length"),
        ("pause_turn", "pause"),
        ("error", "other"),
        ("never heard of", "other"),
    ],
)
def test_every_finish_reason_has_a_unified_one(read, chunk, native, unified):
    (delta,) = read(chunk({}, native))[-1:]
    assert (delta.finish_reason, delta.finish_reason_native) == (unified, native)


def test_an_empty_finish_reason_ends_nothing(read, chunk):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a'}}
    deltas = read(chunk({"tool_calls": [call]}, ""), chunk({"content": "x"}, ""), chunk({}, ""))
    assert [d.finish_reason for d in deltas if d.finish_reason] == []


def test_an_empty_finish_reason_is_none_in_every_dialect(read, chunk):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a'}}
    deltas = read(chunk({"tool_calls": [call]}, ""), dialect=ChatDialect(blank_finish=True))
    assert deltas[-1].finish_reason is None


def test_a_reason_that_nobody_told_is_not_made_up_at_the_terminator(read, chunk):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    deltas = read(chunk({"tool_calls": [call]}), " [DONE] ")
    assert (deltas[-1].done, deltas[-1].finish_reason) == (True, None)


@pytest.mark.parametrize(
    "frame",
    [
        {"choices": []},
        {"choices": None},
        {"object": "keep-alive"},
        {"choices": [{"index": 0, "delta": None}]},
        {"choices": [{"index": 0}]},
        {"choices": [{"index": 1, "delta": {"content": "another choice"}}]},
        {"choices": [{"delta": {"content": None, "tool_calls": None, "refusal": None}}]},
        "",
        "  ",
    ],
)
def test_frames_that_say_nothing_are_nothing(read, chunk, frame):
    hello = {"choices": [{"delta": {"content": "Hello"}}]}
    assert texts(read(hello, frame, hello, frame)) == "HelloHello"


def test_two_choices_in_one_frame_are_not_mixed(read):
    first, second = ({"index": i, "delta": {"content": t}} for i, t in ((0, "a"), (1, "b")))
    assert (
        texts(read({"choices": [second, first]}, {"choices": [first]}, {"choices": [second]}))
        == "aa"
    )


@pytest.mark.parametrize("asked", [{"extra": {"n": 2}}, {"extra_body": {"n": 2}}])
def test_of_several_answers_that_were_asked_for_the_first_counts(asked):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    other = {"index": 1, "delta": {"content": "b", "tool_calls": [call]}, "finish_reason": "length"}
    first = {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"}
    state = ChatState(compatible.DIALECT, Request(model="m", messages=(), **asked))
    delta = state.parse(Event(msgspec.json.encode({"choices": [other, first]})))
    assert (delta.text, delta.tool_calls, delta.finish_reason) == ("a", (), "stop")
    assert delta.metadata is None


def test_fields_of_calls_are_kept_by_their_place_in_the_whole_answer(read, chunk):
    def signed(index: int | None, identity: str) -> dict[str, Any]:
        call = {"id": identity, "function": {"name": "f", "arguments": "{}"}}
        call |= {} if index is None else {"index": index}
        return chunk({"tool_calls": [{**call, "extra_content": {"signature": identity}}]})

    for indexes in ((1, 2), (0, 0), (None, None)):
        frames = [signed(index, identity) for index, identity in zip(indexes, "ab", strict=True)]
        (state,) = read(*frames, chunk({}, "tool_calls"))[-1].state
        assert state["tool_calls"] == {
            "0": {"extra_content": {"signature": "a"}},
            "1": {"extra_content": {"signature": "b"}},
        }


def test_a_long_sound_is_told_seldom_while_it_grows_and_whole_at_the_end(read, chunk):
    piece = "A" * 4096
    deltas = read(
        *(chunk({"audio": {"id": "a", "data": piece}}) for _ in range(400)), chunk({}, "stop")
    )
    told = [d.metadata["audio"]["data"] for d in deltas if d.metadata and "audio" in d.metadata]
    assert told[-1] == piece * 400
    assert len(told) < 80


def test_content_may_be_a_list_of_parts(read, chunk):
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    reference = {"type": "reference", "reference_ids": [1]}
    parts = [thinking, {"type": "text", "text": "yes"}, reference, "!", {"type": "new"}]
    (delta,) = read(chunk({"content": parts}))
    assert (delta.text, delta.reasoning) == ("yes!", "hm")
    assert delta.citations == (Citation(source="1", native=reference),)


def test_think_tags_stay_in_the_text(read, chunk):
    deltas = read(chunk({"content": "<think>a</think>"}), chunk({"content": "b"}))
    assert texts(deltas) == "<think>a</think>b"


def test_a_repeated_message_at_the_end_adds_nothing(read, chunk):
    last = {"choices": [{"index": 0, "message": {"content": "Hello"}, "finish_reason": "stop"}]}
    assert texts(read(chunk({"content": "Hello"}), last)) == "Hello"
    assert texts(read(last)) == "Hello"


def test_usage_on_every_chunk_replaces_the_one_before(read, chunk):
    counts = [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2)]
    deltas = read(*(chunk({"content": "x"}, usage=count) for count in counts))
    assert [d.usage.completion_tokens for d in deltas] == [1, 2]
    assert texts(deltas) == "xx"


def test_top_level_citations_are_told_once(read, chunk):
    frames = [chunk({"content": "x"}, citations=c) for c in (["u1"], ["u1", "u2"], ["u1", "u2"])]
    told = [tuple(c.native for c in d.citations) for d in read(*frames)]
    assert told == [("u1",), ("u2",), ()]


def test_annotations_are_citations(read, chunk):
    cited = {"type": "url_citation", "url_citation": {"url": "https://example.test"}}
    deltas = read(chunk({"content": "x"}), chunk({"content": "y", "annotations": [cited]}))
    assert texts(deltas) == "xy"
    assert deltas[1].citations == (Citation(url="https://example.test", native=cited),)


@pytest.mark.parametrize("content", [123, {"text": "x"}, True])
def test_content_of_a_wrong_type_is_an_error(read, chunk, content):
    with pytest.raises(msgspec.ValidationError):
        read(chunk({"content": "a"}), chunk({"content": "b"}), chunk({"content": content}))


@pytest.mark.parametrize("frame", ["42", '"hello"', "null", "[1]", "{", '{"choices": 1}'])
def test_frames_that_are_no_chunks_are_errors(read, chunk, frame):
    with pytest.raises(msgspec.DecodeError):
        read(chunk({"content": "a"}), frame)


def test_opaque_fields_are_merged_and_kept_for_the_next_turn(read, chunk):
    def detail(**fields: Any) -> dict[str, Any]:
        return chunk({"content": "", "reasoning_details": [{"index": 0, **fields}]})

    secret = {"type": "reasoning.encrypted", "data": "gAAA", "index": 0}
    call = {"index": 0, "id": "c", "extra_content": {"google": {"thought_signature": "s"}}}
    deltas = read(
        detail(type="reasoning.text", text="a"),
        detail(type="reasoning.text", text="b"),
        detail(type="reasoning.text", signature="sig"),
        chunk({"reasoning_details": [secret]}),
        chunk({"tool_calls": [{**call, "function": {"name": "f", "arguments": "{}"}}]}),
        chunk({}, "tool_calls"),
    )
    assert deltas[-1].state == [
        {
            "reasoning_details": [
                {"index": 0, "type": "reasoning.text", "text": "ab", "signature": "sig"},
                secret,
            ],
            "tool_calls": {"0": {"extra_content": {"google": {"thought_signature": "s"}}}},
        }
    ]


def test_a_stream_that_changes_its_kind_all_the_time_is_read_to_the_end(read, chunk):
    frames = [chunk({"content": "t"}) if n % 2 else chunk({"reasoning": "r"}) for n in range(100)]
    deltas = read(*frames)
    assert (texts(deltas), thoughts(deltas)) == ("t" * 50, "r" * 50)
