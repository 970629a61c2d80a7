"""Stream events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chimeric import Delta

Stream = Callable[..., list[Delta]]

USAGE = {
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 45,
    "cacheReadInputTokens": 20,
    "cacheWriteInputTokens": 10,
}


def grown(index: int | None, **delta: Any) -> tuple[str, Any]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": delta, "p": "abcd"}


def begun(index: int, **start: Any) -> tuple[str, Any]:
    return "contentBlockStart", {"contentBlockIndex": index, "start": start}


def ended(index: int) -> tuple[str, Any]:
    return "contentBlockStop", {"contentBlockIndex": index}


def stop(reason: str) -> tuple[str, Any]:
    return "messageStop", {"stopReason": reason}


META = ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 820}})


def test_text_usage_and_the_end_are_told(stream: Stream) -> None:
    deltas = stream(
        ("messageStart", {"role": "assistant"}),
        grown(0, text="Hel"),
        grown(0, text=""),
        grown(0, text="lo"),
        ended(0),
        stop("end_turn"),
        META,
    )
    assert "".join(d.text or "" for d in deltas) == "Hello"
    finish, last = deltas[-2:]
    assert (finish.finish_reason, finish.finish_reason_native) == ("stop", "end_turn")
    assert not finish.done, "the counts are still to come"
    assert last.done
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.total_tokens) == (40, 45)
    assert last.usage_native == USAGE
    assert last.metadata == {"metrics": {"latencyMs": 820}}
    assert finish.state is None


def test_counts_that_come_before_the_stop_are_no_end(stream: Stream) -> None:
    first, last = stream(META, stop("end_turn"))
    assert (first.done, last.done) == (False, True)


def test_a_tool_call_streams_and_is_closed(stream: Stream) -> None:
    deltas = stream(
        begun(1, toolUse={"toolUseId": "t1", "name": "f"}),
        grown(1, toolUse={"input": ""}),
        grown(1, toolUse={"input": '{"a":'}),
        grown(1, toolUse={"input": "1}"}),
        ended(1),
        stop("tool_use"),
    )
    calls = [c for d in deltas for c in d.tool_calls]
    assert (calls[0].id, calls[0].name) == ("t1", "f")
    assert "".join(c.arguments for c in calls) == '{"a":1}'
    assert [c.complete for c in calls] == [False, False, False, True]
    assert deltas[-1].finish_reason == "tool_calls"


def test_a_call_cut_by_the_token_limit_is_not_closed(stream: Stream) -> None:
    deltas = stream(
        begun(0, toolUse={"toolUseId": "t1", "name": "f"}),
        grown(0, toolUse={"input": '{"a":'}),
        ended(0),
        stop("max_tokens"),
    )
    assert not any(c.complete for d in deltas for c in d.tool_calls)


def test_reasoning_is_told_and_its_signature_echoed(stream: Stream) -> None:
    deltas = stream(
        grown(0, reasoningContent={"text": "Need "}),
        grown(0, reasoningContent={"text": "it."}),
        grown(0, reasoningContent={"signature": "sig"}),
        grown(1, reasoningContent={"redactedContent": "b3Bh"}),
        grown(1, reasoningContent={"redactedContent": "cXVl"}),
        grown(2, text=""),
        grown(3, text="Hi"),
        stop("end_turn"),
    )
    assert "".join(d.reasoning or "" for d in deltas) == "Need it."
    assert deltas[-1].state == [
        {"reasoningContent": {"reasoningText": {"text": "Need it.", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "b3BhcXVl"}},
        {"text": "Hi"},
    ]


def test_reasoning_without_a_signature_is_not_echoed(stream: Stream) -> None:
    (item,) = stream(grown(0, reasoningContent={"text": "hm"}), stop("end_turn"))[-1].state
    assert item.keys() == {"thought_by"}, "only whose it was is kept"


def test_server_tools_citations_and_images_are_told(stream: Stream) -> None:
    deltas = stream(
        begun(0, toolUse={"toolUseId": "s1", "name": "search", "type": "server_tool_use"}),
        grown(0, toolUse={"input": '{"q":"x"}'}),
        ended(0),
        begun(1, toolResult={"toolUseId": "s1"}),
        grown(1, toolResult=[{"text": "hit"}]),
        ended(1),
        grown(2, text="Found."),
        grown(2, citation={"title": "T"}),
        ended(2),
        begun(3, image={"format": "png"}),
        grown(3, image={"source": {"bytes": "AAAA"}}),
        ended(3),
        stop("end_turn"),
    )
    assert not any(d.tool_calls for d in deltas)
    tools = [t.native["toolUse"] for d in deltas for t in d.server_tools if t.native]
    assert [(t["name"], t["input"]) for t in tools] == [("search", {"q": "x"})]
    assert [c.native for d in deltas for c in d.citations] == [{"title": "T"}]
    told: dict[str, Any] = {}
    for delta in deltas:
        told |= delta.metadata or {}
    assert told["server_tool_results"][0]["toolResult"]["content"] == [{"text": "hit"}]
    assert told["images"] == [{"format": "png", "source": {"bytes": "AAAA"}}]
    assert deltas[-1].state is not None
    assert [next(iter(item)) for item in deltas[-1].state] == [
        "toolUse",
        "toolResult",
        "citationsContent",
        "image",
    ]


@pytest.mark.parametrize(
    ("native", "unified"),
    [
        ("stop_sequence", "stop"),
        ("model_context_window_exceeded", "length"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "other"),
        ("of_the_future", "other"),
    ],
)
def test_stop_reasons(stream: Stream, native: str, unified: str) -> None:
    assert stream(stop(native))[-1].finish_reason == unified


@pytest.mark.parametrize(
    "event",
    [
        ("futureEvent", {"delta": 5}),
        ("messageStart", {}),
        ("", {}),
        grown(0),
        ("contentBlockDelta", {"contentBlockIndex": None, "delta": None}),
        ("contentBlockStart", {"contentBlockIndex": 0, "start": None}),
        ended(7),
    ],
)
def test_what_is_not_known_adds_nothing(stream: Stream, event: Any) -> None:
    assert stream(event) == []


@pytest.mark.parametrize(
    "event",
    [
        grown(0, text=123),
        grown(0, toolUse={"input": "{}"}),
        ("contentBlockDelta", b"42"),
        ("messageStop", b"{"),
    ],
)
def test_what_breaks_the_protocol_raises(stream: Stream, event: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        stream(event)


def test_text_at_the_index_of_a_call_does_not_take_its_arguments(stream: Stream) -> None:
    deltas = stream(
        begun(0, toolUse={"toolUseId": "t1", "name": "f"}),
        grown(0, text="Hi"),
        grown(0, toolUse={"input": {"a": 1}}),
    )
    assert deltas[1].text == "Hi"
    assert deltas[2].tool_calls[0].arguments == '{"a":1}'


def test_text_that_comes_with_its_block_counts(stream: Stream) -> None:
    deltas = stream(begun(0, text="He"), grown(0, text="y"))
    assert "".join(d.text or "" for d in deltas) == "Hey"


def test_a_call_that_is_told_again_from_its_middle_is_told_once(stream: Stream) -> None:
    call = begun(0, toolUse={"toolUseId": "t1", "name": "f"})
    half, whole = (grown(0, toolUse={"input": text}) for text in ('{"a"', '{"a":1}'))
    deltas = stream(call, half, call, whole)
    assert "".join(c.arguments for d in deltas for c in d.tool_calls) == '{"a":1}'


def test_parts_of_the_future_are_in_the_metadata(stream: Stream) -> None:
    told = stream(grown(0, hologram="x"), grown(1, audio={"format": "mp3"}), stop("end_turn"))
    assert told[-1].metadata == {"other_content": [{"hologram": "x"}, {"audio": {"format": "mp3"}}]}


@pytest.mark.parametrize(
    "event",
    [
        begun(0, toolUse={"toolUseId": "t1", "name": "f"}),
        META,
        ("contentBlockDelta", {"contentBlockDelta": grown(0, text="Hi")[1]}),
    ],
)
def test_events_without_names_are_known_by_what_they_hold(stream: Stream, event: Any) -> None:
    assert len(stream(("", event[1]))) == 1
