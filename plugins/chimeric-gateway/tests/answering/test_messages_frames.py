"""Events of Messages, as clients need them."""

from __future__ import annotations

import re
from typing import Any

import anthropic
import msgspec
import pytest
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_gateway.refusal import Refusal

from chimeric import (
    Citation,
    Delta,
    GeneratedFile,
    ImagePart,
    ProviderState,
    ServerToolChunk,
    StreamChunk,
    ToolCallDelta,
    Usage,
)


def call(index: int, arguments: str = "", **of: Any) -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=index, arguments=arguments, **of),))


TWO_CALLS = [
    call(0, id="a", name="f"),
    call(1, id="b", name="g"),
    call(0, '{"x"'),
    call(1, '{"y"'),
    call(0, ":1}"),
    call(1, ":2}"),
]


def told(stage: Any, deltas: list[Delta], **body: Any) -> list[dict[str, Any]]:
    frames = stage.frames(MESSAGES, deltas, **body)
    assert all(name == data["type"] for name, data in frames)
    return [data for _, data in frames]


def kinds(frames: list[dict[str, Any]]) -> list[str]:
    """The frames in short: types of blocks and deltas, the rest as it is called."""
    short = []
    for frame in frames:
        inner = frame.get("content_block") or frame.get("delta") or {}
        short.append(inner.get("type") or frame["type"])
    return short


def test_a_text_is_one_block_between_the_frames_of_its_message(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi"), Delta(text=" there")])
    assert kinds(frames) == [
        "message_start",
        "text",
        "text_delta",
        "text_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_a_message_begins_with_all_that_sdks_read(stage: Any) -> None:
    message = told(stage, [Delta(text="Hi")])[0]["message"]
    assert message["id"].startswith("msg_")
    usage = message.pop("usage")
    assert usage["input_tokens"] > 0
    assert isinstance(usage["output_tokens"], int)
    del message["id"]
    assert message == {
        "type": "message",
        "role": "assistant",
        "model": "fast",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
    }


def test_nothing_is_told_that_only_anthropic_has(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi")])
    assert "ping" not in kinds(frames)
    assert "service_tier" not in frames[0]["message"]["usage"]


def test_counts_at_the_end_leave_cached_tokens_out_of_the_input(stage: Any) -> None:
    usage = Usage.of(100, 5, cached=60, cache_write=30, reasoning=2)
    frames = told(stage, [Delta(text="Hi"), Delta(finish_reason="stop", usage=usage, done=True)])
    counted = frames[-2]["usage"]
    assert counted["input_tokens"] == 10
    assert counted["cache_read_input_tokens"] == 60
    assert counted["cache_creation_input_tokens"] == 30
    assert counted["output_tokens"] == 5
    assert counted["output_tokens_details"] == {"thinking_tokens": 2}


def test_a_message_begins_with_an_estimate_unless_its_upstream_has_counted(stage: Any) -> None:
    long = {"messages": [{"role": "user", "content": "word " * 4000}]}
    estimate = told(stage, [Delta(text="Hi")], **long)[0]["message"]["usage"]["input_tokens"]
    assert 4000 <= estimate <= 6000
    counted = [Delta(text="Hi", usage=Usage.of(77, None))]
    asked = MESSAGES.read({"model": "fast", "messages": [{"role": "user", "content": "Hi"}]})
    first = StreamChunk("Hi", usage=counted[0].usage)
    frame = MESSAGES.answering(asked, "").chunk(first)
    assert b'"input_tokens":77' in frame


def test_pictures_count_without_their_bytes(stage: Any) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "A" * 1_000_000}
    said = {"messages": [{"role": "user", "content": [{"type": "image", "source": source}]}]}
    assert told(stage, [Delta(text="Hi")], **said)[0]["message"]["usage"]["input_tokens"] < 3000


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("content_filter", "refusal"),
        ("refusal", "refusal"),
        ("pause", "pause_turn"),
        ("other", "end_turn"),
        ("tool_calls", "end_turn"),
    ],
)
def test_words_of_the_ending(stage: Any, reason: Any, word: str) -> None:
    frames = told(stage, [Delta(text="Hi"), Delta(finish_reason=reason, done=True)])
    assert frames[-2]["delta"]["stop_reason"] == word
    assert frames[-2]["delta"]["stop_sequence"] is None


@pytest.mark.parametrize("native", ["stop_sequence", "stop"])
def test_the_text_that_ended_the_answer_is_told(stage: Any, native: str) -> None:
    detail = {"finish_reason_native": native, "finish_detail": "END"}
    end = Delta(finish_reason="stop", done=True, **detail)
    delta = told(stage, [Delta(text="Hi"), end], stop_sequences=["END"])[-2]["delta"]
    assert (delta["stop_reason"], delta["stop_sequence"]) == ("stop_sequence", "END")


def test_calls_that_come_at_once_are_told_one_after_the_other(stage: Any) -> None:
    frames = told(stage, TWO_CALLS)
    starts = [f["content_block"] for f in frames if f["type"] == "content_block_start"]
    assert starts == [
        {"type": "tool_use", "id": "a", "name": "f", "input": {}},
        {"type": "tool_use", "id": "b", "name": "g", "input": {}},
    ]
    for place, text in enumerate(('{"x":1}', '{"y":2}')):
        pieces = [
            f["delta"]["partial_json"]
            for f in frames
            if f["type"] == "content_block_delta" and f["index"] == place
        ]
        assert "".join(pieces) == text
    assert frames[-2]["delta"]["stop_reason"] == "tool_use"


def test_a_call_is_told_as_it_grows_and_the_next_one_when_it_is_whole(stage: Any) -> None:
    asked = MESSAGES.read({"model": "fast", "messages": [{"role": "user", "content": "Hi"}]})
    answering = MESSAGES.answering(asked, "")
    stage.play(MESSAGES, [*TWO_CALLS[:1], call(0, '{"x":1}'), call(1, '{"y":', id="b", name="g")])
    chunks = list(
        stage._stream([call(0, '{"x":1}', id="a", name="f"), call(1, "{", id="b", name="g")])
    )
    assert b'"id":"a"' in answering.chunk(chunks[0])
    assert b'"id":"b"' in answering.chunk(chunks[1])


def test_a_call_without_arguments_is_an_empty_object(stage: Any) -> None:
    stage.play(MESSAGES, [call(0, id="a", name="f"), call(1, '{"y":2}', id="b", name="g")])
    with stage.anthropic.messages.stream(model="m", max_tokens=9, messages=[]) as stream:
        for _ in stream:
            pass
        blocks = stream.get_final_message().content
    assert [(b.name, b.input) for b in blocks] == [("f", {}), ("g", {"y": 2})]


@pytest.mark.parametrize("identity", ["functions.f:0", "é" * 20, "x" * 200])
def test_ids_that_messages_cannot_carry_are_packed(stage: Any, identity: str) -> None:
    frames = told(stage, [call(0, id=identity, name="f")])
    found = frames[1]["content_block"]["id"]
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", found)
    assert stage.whole(MESSAGES, [call(0, id=identity, name="f")])["content"][0]["id"] == found


def test_there_is_no_empty_text_before_calls(stage: Any) -> None:
    assert "text" not in kinds(told(stage, [Delta(text=""), *TWO_CALLS]))
    whole = stage.whole(MESSAGES, [Delta(text=""), *TWO_CALLS])
    assert [block["type"] for block in whole["content"]] == ["tool_use", "tool_use"]


def test_a_thought_ends_with_a_signature_before_the_text_begins(stage: Any) -> None:
    frames = told(stage, [Delta(reasoning="so"), Delta(text="Hi")])
    assert kinds(frames)[1:6] == [
        "thinking",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
        "text",
    ]
    assert frames[3]["delta"]["signature"]
    whole = stage.whole(MESSAGES, [Delta(reasoning="so"), Delta(text="Hi")])
    assert whole["content"][0]["thinking"] == "so"
    assert whole["content"][0]["signature"]


def test_what_an_upstream_wants_back_comes_as_a_thought_behind_calls(stage: Any) -> None:
    state = ProviderState("any.api", [{"type": "reasoning", "encrypted_content": "xyz"}])
    end = Delta(finish_reason="stop", state=state, done=True)
    frames = told(stage, [*TWO_CALLS, end])
    assert kinds(frames)[-5:-2] == ["thinking", "signature_delta", "content_block_stop"]
    blocks = [
        {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
        {"type": "thinking", "thinking": "", "signature": frames[-4]["delta"]["signature"]},
    ]
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": blocks}]
    answer = MESSAGES.read({"model": "fast", "messages": said}).arguments["messages"][1]
    assert answer["state"] == {"api": state.api, "items": state.items}
    assert "reasoning" not in answer
    assert kinds(told(stage, [Delta(text="Hi"), end])) == kinds(told(stage, [Delta(text="Hi")]))


def test_texts_of_several_blocks_stay_apart(stage: Any) -> None:
    deltas = [Delta(text="One", block="a"), Delta(text="Two", block="b")]
    frames = told(stage, deltas)
    assert kinds(frames).count("text") == 2
    assert [block["text"] for block in stage.whole(MESSAGES, deltas)["content"]] == ["One", "Two"]


def test_a_refusal_is_a_text(stage: Any) -> None:
    frames = told(stage, [Delta(refusal="No."), Delta(finish_reason="refusal", done=True)])
    assert kinds(frames)[1:3] == ["text", "text_delta"]
    assert frames[-2]["delta"]["stop_reason"] == "refusal"


def test_sources_are_citations_of_their_text(stage: Any) -> None:
    source = Citation(url="https://e.org/", title="Tides", text="The moon pulls.")
    deltas = [Delta(text="High tide."), Delta(citations=(source,))]
    frames = told(stage, deltas)
    citation = next(f["delta"]["citation"] for f in frames if "citation" in f.get("delta", {}))
    assert citation["type"] == "web_search_result_location"
    told_of = {name: citation[name] for name in ("url", "title", "cited_text")}
    assert told_of == {"url": source.url, "title": source.title, "cited_text": source.text}
    cited = stage.whole(MESSAGES, deltas)["content"]
    assert cited[0]["citations"][0]["url"] == source.url
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": cited}]
    answer = MESSAGES.read({"model": "fast", "messages": said}).arguments["messages"][1]
    assert "citations" not in answer["content"][0]


def test_citations_of_anthropics_own_stay() -> None:
    own = {"type": "web_search_result_location", "url": "https://e.org/", "encrypted_index": "Ev"}
    cited = [{"type": "text", "text": "High tide.", "citations": [own]}]
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": cited}]
    answer = MESSAGES.read({"model": "fast", "messages": said}).arguments["messages"][1]
    assert answer["content"] == cited


def test_what_messages_have_no_words_for_is_not_told(stage: Any) -> None:
    picture = GeneratedFile("i", ImagePart(url="https://e.org/a.png"))
    tool = ServerToolChunk(id="ws", kind="web_search", status="completed")
    deltas = [Delta(server_tools=(tool,)), Delta(files=(picture,)), Delta(text="Hi")]
    assert kinds(told(stage, deltas)) == kinds(told(stage, [Delta(text="Hi")]))
    assert [b["type"] for b in stage.whole(MESSAGES, deltas)["content"]] == ["text"]


@pytest.mark.parametrize(
    ("arguments", "told_input"),
    [("print(1)", {"invalid_json": "print(1)"}), ("[1]", {"invalid_json": "[1]"})],
)
def test_arguments_that_are_no_object_are_told_under_a_name(
    stage: Any, arguments: str, told_input: Any
) -> None:
    deltas = [call(0, arguments[:2], id="a", name="f"), call(0, arguments[2:])]
    stage.play(MESSAGES, deltas)
    with stage.anthropic.messages.stream(model="m", max_tokens=9, messages=[]) as stream:
        for _ in stream:
            pass
        assert stream.get_final_message().content[0].input == told_input
    assert stage.whole(MESSAGES, deltas)["content"][0]["input"] == told_input


def test_the_input_of_a_tool_that_takes_text_is_told_under_a_name(stage: Any) -> None:
    deltas = [call(0, 'say("', id="a", name="f", kind="custom"), call(0, 'Hi")\n')]
    stage.play(MESSAGES, deltas)
    with stage.anthropic.messages.stream(model="m", max_tokens=9, messages=[]) as stream:
        for _ in stream:
            pass
        assert stream.get_final_message().content[0].input == {"input": 'say("Hi")\n'}
    assert stage.whole(MESSAGES, deltas)["content"][0]["input"] == {"input": 'say("Hi")\n'}


def test_a_whole_message_has_what_sdks_read(stage: Any) -> None:
    whole = stage.whole(MESSAGES, [Delta(text="Hi", usage=Usage.of(9, 5))])
    assert (whole["type"], whole["role"], whole["model"]) == ("message", "assistant", "fast")
    assert whole["content"] == [{"type": "text", "text": "Hi"}]
    assert (whole["stop_reason"], whole["stop_sequence"]) == ("end_turn", None)
    assert (whole["usage"]["input_tokens"], whole["usage"]["output_tokens"]) == (9, 5)


def test_an_answer_without_content_has_a_beginning_and_an_end(stage: Any) -> None:
    frames = told(stage, [Delta(finish_reason="refusal", done=True)])
    assert kinds(frames) == ["message_start", "message_delta", "message_stop"]
    assert stage.whole(MESSAGES, [Delta(text="")])["content"] == []


def test_an_error_in_mid_stream_is_raised_by_the_sdk(serve: Any) -> None:
    asked = MESSAGES.read({"model": "fast", "messages": [{"role": "user", "content": "a"}]})
    answering = MESSAGES.answering(asked, "")
    frames = answering.chunk(StreamChunk("Hi")) + answering.fail(Refusal(502, "It broke off."))
    sdk = anthropic.Anthropic(base_url=serve(frames), api_key="any", max_retries=0)
    with sdk, sdk.messages.stream(model="m", max_tokens=9, messages=[]) as stream:
        with pytest.raises(anthropic.APIError, match=r"It broke off\."):
            for _ in stream:
                pass


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (405, "invalid_request_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_errors_before_an_answer(status: int, kind: str) -> None:
    refused, headers, body = MESSAGES.refuse(Refusal(status, "No.", retry_after=7))
    assert refused == status
    assert headers["retry-after"] == "7"
    assert msgspec.json.decode(body) == {
        "type": "error",
        "error": {"type": kind, "message": "No."},
        "request_id": headers["request-id"],
    }
