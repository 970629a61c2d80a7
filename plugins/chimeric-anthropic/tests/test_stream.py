"""The stream events of the Messages API, one rule a test."""

from __future__ import annotations

import pytest

from .events import END, Stream, block, delta, finish, start, stop, text_of


def test_text_and_usage_and_the_end_are_told(stream: Stream) -> None:
    deltas = stream(
        start(cache_read_input_tokens=100, cache_creation_input_tokens=20),
        block(0, type="text", text=""),
        delta(0, "text", text="Hel"),
        delta(0, "text", text="lo"),
        stop(0),
        finish("end_turn", usage={"output_tokens": 6, "cache_read_input_tokens": None}),
        END,
    )
    assert text_of(deltas) == "Hello"
    first, last = deltas[0], deltas[-2]
    assert (first.id, first.model) == ("msg_1", "claude")
    assert first.usage is not None
    assert first.usage.source == "partial"
    assert first.usage.completion_tokens is None, "the count at the start is a placeholder"
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (132, 6)
    assert (last.usage.cached_tokens, last.usage.cache_write_tokens) == (100, 20)
    assert (last.finish_reason, last.finish_reason_native) == ("stop", "end_turn")
    assert deltas[-1].done


def test_a_later_count_of_input_replaces_the_first(stream: Stream) -> None:
    last = stream(start(), finish("end_turn", usage={"input_tokens": 61, "output_tokens": 2}))[-1]
    assert last.usage is not None
    assert last.usage.prompt_tokens == 61
    assert last.usage_native == {"input_tokens": 61, "output_tokens": 2}


def test_text_that_comes_with_its_block_or_without_any_block_counts(stream: Stream) -> None:
    assert text_of(stream(block(0, type="text", text="He"), delta(0, "text", text="y"))) == "Hey"
    assert text_of(stream(delta(0, "text", text="Hey"))) == "Hey"
    assert text_of(stream(block(None, type="text"), delta(None, "text", text="Hey"))) == "Hey"


def test_a_tool_call_streams_and_is_closed(stream: Stream) -> None:
    deltas = stream(
        block(1, type="tool_use", id="toolu_1", name="capital", input={}),
        delta(1, "input_json", partial_json=""),
        delta(1, "input_json", partial_json='{"country":'),
        delta(1, "input_json", partial_json='"UK"}'),
        stop(1),
        finish("tool_use"),
        END,
    )
    calls = [call for d in deltas for call in d.tool_calls]
    assert (calls[0].id, calls[0].name) == ("toolu_1", "capital")
    assert "".join(c.arguments for c in calls) == '{"country":"UK"}'
    assert [c.complete for c in calls] == [False, False, False, True]
    assert deltas[-2].finish_reason == "tool_calls"
    assert deltas[-1].state is None, "text and calls say all of it: nothing opaque to echo"


def test_a_call_cut_by_the_token_limit_is_not_closed(stream: Stream) -> None:
    deltas = stream(
        block(0, type="tool_use", id="toolu_1", name="capital", input={}),
        delta(0, "input_json", partial_json='{"country":"U'),
        stop(0),
        finish("max_tokens"),
        END,
    )
    assert not any(call.complete for d in deltas for call in d.tool_calls)
    assert deltas[-2].finish_reason == "length"


def test_arguments_that_come_with_the_block_are_used(stream: Stream) -> None:
    deltas = stream(block(0, type="tool_use", id="t", name="f", input={"a": 1}), stop(0))
    assert deltas[-1].tool_calls[0].arguments == '{"a":1}'
    assert deltas[-1].tool_calls[0].complete


def test_thinking_is_reasoning_and_its_signature_is_echoed(stream: Stream) -> None:
    deltas = stream(
        start(),
        block(0, type="thinking", thinking="", signature=""),
        delta(0, "thinking", thinking="Need "),
        delta(0, "thinking", thinking=""),
        delta(0, "thinking", thinking="it."),
        delta(0, "signature", signature="sig=="),
        stop(0),
        block(1, type="redacted_thinking", data="opaque"),
        stop(1),
        block(2, type="tool_use", id="toolu_1", name="f", input={}, toolset_name="browser"),
        stop(2),
        finish("tool_use"),
        END,
    )
    assert "".join(d.reasoning or "" for d in deltas) == "Need it."
    assert deltas[-1].state == [
        {"type": "thinking", "thinking": "Need it.", "signature": "sig=="},
        {"type": "redacted_thinking", "data": "opaque"},
        {
            "type": "tool_use",
            "id": "toolu_1",
            "name": "f",
            "input": {},
            "toolset_name": "browser",
        },
    ]


def test_thinking_whose_text_is_omitted_keeps_its_signature(stream: Stream) -> None:
    deltas = stream(
        block(0, type="thinking", thinking=""),
        delta(0, "signature", signature="s"),
        finish("end_turn"),
    )
    assert deltas[-1].state == [{"type": "thinking", "thinking": "", "signature": "s"}]


def test_server_tools_are_told_and_never_client_calls(stream: Stream) -> None:
    hit = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"url": "u"}]}
    use = {"type": "server_tool_use", "id": "srv_1", "name": "web_search"}
    deltas = stream(
        block(0, **use, input={}),
        delta(0, "input_json", partial_json='{"query":"x"}'),
        stop(0),
        block(1, **hit),
        stop(1),
        block(2, type="text", text=""),
        delta(2, "citations", citation={"type": "web_search_result_location", "url": "u"}),
        delta(2, "text", text="Found."),
        stop(2),
        finish("tool_use"),
        END,
    )
    assert not any(d.tool_calls for d in deltas)
    natives = [t.native for d in deltas for t in d.server_tools if t.native]
    assert natives == [{**use, "input": {"query": "x"}}]
    assert [c.url for d in deltas for c in d.citations] == ["u"]
    assert {"server_tool_results": [hit]} in [d.metadata for d in deltas]
    assert deltas[-2].finish_reason == "pause", "only tools of the server wait"
    assert deltas[-1].state is not None
    assert [item["type"] for item in deltas[-1].state] == [
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ]


def test_compaction_is_kept_for_the_next_turn_and_is_no_text(stream: Stream) -> None:
    deltas = stream(
        block(0, type="compaction", content=None),
        delta(0, "compaction", content="summary"),
        block(1, type="text", text="Hi"),
        finish("end_turn"),
    )
    assert text_of(deltas) == "Hi"
    assert deltas[-1].state == [
        {"type": "compaction", "content": "summary"},
        {"type": "text", "text": "Hi"},
    ]


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "pause"),
        ("of_the_future", "other"),
    ],
)
def test_stop_reasons(stream: Stream, native: str, unified: str) -> None:
    assert stream(start(), finish(native))[-1].finish_reason == unified


def test_a_refusal_tells_its_category(stream: Stream) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "because"}
    last = stream(start(), finish("refusal", stop_details=details))[-1]
    assert last.finish_detail == "cyber"
    assert last.metadata is not None
    assert last.metadata["stop_details"] == details


def test_a_message_that_begins_complete_is_told_with_its_end(stream: Stream) -> None:
    begin = start()
    begin["message"] |= {"stop_reason": "end_turn", "content": [{"type": "text", "text": "Hi"}]}
    first, last = stream(begin, END)
    assert (first.text, first.finish_reason) == ("Hi", "stop")
    assert (last.finish_reason, last.done) == ("stop", True)


def test_a_stop_reason_at_the_start_of_an_empty_message_counts_only_at_the_end(
    stream: Stream,
) -> None:
    begin = start()
    begin["message"] |= {"stop_reason": "end_turn"}
    first, last = stream(begin, END)
    assert first.finish_reason is None
    assert (last.finish_reason, last.done) == ("stop", True)
