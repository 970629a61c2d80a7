"""Whole answers, and native structs."""

from __future__ import annotations

from typing import Any

import chimeric_bedrock as plugin
import msgspec
import pytest

from chimeric import Delta, Event, Request

from .conftest import answer

USAGE = {
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 45,
    "cacheReadInputTokens": 20,
    "cacheWriteInputTokens": 10,
}

WHOLE = {
    "output": {
        "message": {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                {"text": "Hi"},
                {"citationsContent": {"content": [{"text": "!"}], "citations": [{"title": "T"}]}},
                {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": 1}}},
            ],
        }
    },
    "stopReason": "tool_use",
    "usage": USAGE,
    "metrics": {"latencyMs": 1},
}


def parse(body: Any) -> Delta:
    """A whole answer as one delta."""
    state = plugin.chimeric_provider().state(Request(model="m", messages=()))
    told = plugin.chimeric_parse_response(answer(body), state)
    if isinstance(told, Delta):
        return told
    fields: dict[str, Any] = {}
    for name in Delta.__struct_fields__:
        values = [value for delta in told if (value := getattr(delta, name)) is not None]
        fields[name] = values[-1] if values else None
    for name in ("text", "reasoning"):
        fields[name] = "".join(getattr(delta, name) or "" for delta in told) or None
    for name in ("tool_calls", "citations", "server_tools", "files"):
        fields[name] = tuple(item for delta in told for item in getattr(delta, name))
    fields["metadata"] = {k: v for delta in told for k, v in (delta.metadata or {}).items()}
    return Delta(**fields)


def test_a_whole_answer_says_all_of_it() -> None:
    delta = parse(WHOLE)
    assert (delta.text, delta.reasoning, delta.finish_reason) == ("Hi!", "hm", "tool_calls")
    assert [(c.id, c.arguments, c.complete) for c in delta.tool_calls] == [("t1", '{"a":1}', True)]
    assert [cited.native for cited in delta.citations] == [{"title": "T"}]
    assert delta.usage is not None
    assert delta.usage.prompt_tokens == 40
    assert delta.state == WHOLE["output"]["message"]["content"]  # type: ignore[index]
    assert delta.done


@pytest.mark.parametrize("body", [b"<html>", {"ok": 1}, {"output": {}}, [1], b""])
def test_an_answer_of_another_shape_is_no_success(body: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        parse(body)


def test_an_error_object_with_status_200_is_an_error() -> None:
    delta = parse({"message": "nope", "__type": "ThrottlingException"})
    assert delta.error is not None
    assert (delta.error.message, delta.error.status) == ("nope", 429)


def test_pictures_and_results_of_a_whole_answer_are_in_the_metadata() -> None:
    content = [
        {"image": {"format": "png"}},
        {"toolResult": {"toolUseId": "s", "content": [{"text": "hit"}]}},
        {"note": "x"},
    ]
    delta = parse({"output": {"message": {"content": content}}, "stopReason": "end_turn"})
    assert delta.metadata is not None
    assert delta.metadata["images"] == [{"format": "png"}]
    assert delta.metadata["server_tool_results"] == [content[1]["toolResult"]]
    assert delta.metadata["other_content"] == [{"note": "x"}]


def test_native_events_are_typed() -> None:
    event = Event(b'{"contentBlockIndex":2,"delta":{"text":"x"},"p":"a"}', "contentBlockDelta")
    native = plugin.chimeric_native_event(event, object())
    assert type(native).__name__ == "ContentBlockDeltaEvent"
    assert (native.content_block_index, native.delta.text) == (2, "x")
    assert plugin.chimeric_native_event(Event(b'{"a":1}', "new"), object()) == {"a": 1}
    whole = plugin.chimeric_native_event(Event(msgspec.json.encode(WHOLE)), None)
    assert whole.output.message.content[1].text == "Hi"
    assert whole.usage.cache_read_input_tokens == 20
