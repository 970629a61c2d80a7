"""Stream events, whole answers, errors, native structs and the model list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chimeric_bedrock as plugin
import msgspec
import pytest

from chimeric import Delta, Event, HTTPResponse, ProviderConfig, Request

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


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("exception:throttlingException", 429, None),
        ("exception:validationException", 400, None),
        ("exception:serviceUnavailableException", 503, None),
        ("exception:internalServerException", 500, None),
        ("exception:modelStreamErrorException", 424, "server"),
        ("error:SomethingNew", None, None),
    ],
)
def test_exceptions_carry_what_they_mean(
    stream: Stream, name: str, status: int | None, kind: str | None
) -> None:
    error = stream(grown(0, text="x"), (name, {"message": "m"}))[-1].error
    assert error is not None
    assert (error.message, error.status, error.kind) == ("m", status, kind)
    assert error.type == name.partition(":")[2]


def test_an_exception_of_any_shape_and_a_document_are_errors(stream: Stream) -> None:
    odd = stream(("exception:odd", b"gone"))[0].error
    assert odd is not None
    assert odd.message == "gone"
    document = stream(("document", {"Message": "no access", "__type": "a#AccessDeniedException"}))
    assert document[0].error is not None
    assert document[0].error.status == 403


def answer(body: Any, status: int = 200, **headers: str) -> HTTPResponse:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPResponse(status=status, headers=named, body=data)


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


def test_an_error_answer_is_read() -> None:
    info = plugin.chimeric_parse_error(
        answer(
            {"message": "slow"},
            429,
            x_amzn_errortype="ThrottlingException:http://x/",
            x_amz_retry_after="1500",
        )
    )
    assert info is not None
    assert (info.message, info.type, info.retry_after) == ("slow", "ThrottlingException", 1.5)
    expired = answer({"Message": "old"}, 403, x_amzn_errortype="ExpiredTokenException")
    told = plugin.chimeric_parse_error(expired)
    assert told is not None
    assert told.kind == "auth"
    assert plugin.chimeric_parse_error(answer(b"<html>", 502)) is None


def test_native_events_are_typed() -> None:
    event = Event(b'{"contentBlockIndex":2,"delta":{"text":"x"},"p":"a"}', "contentBlockDelta")
    native = plugin.chimeric_native_event(event, object())
    assert type(native).__name__ == "ContentBlockDeltaEvent"
    assert (native.content_block_index, native.delta.text) == (2, "x")
    assert plugin.chimeric_native_event(Event(b'{"a":1}', "new"), object()) == {"a": 1}
    whole = plugin.chimeric_native_event(Event(msgspec.json.encode(WHOLE)), None)
    assert whole.output.message.content[1].text == "Hi"
    assert whole.usage.cache_read_input_tokens == 20


def test_models_then_profiles_page_by_page(configure: Callable[..., ProviderConfig]) -> None:
    config = configure(region="eu-west-1")
    base = "https://bedrock.eu-west-1.amazonaws.com"
    first = plugin.chimeric_list_models(config, None)
    assert (first.method, first.url) == ("GET", f"{base}/foundation-models?byOutputModality=TEXT")
    page = plugin.chimeric_parse_models(
        answer({"modelSummaries": [{"modelId": "a.b", "modelName": "B"}, {}]}), config
    )
    assert [(m.id, m.name) for m in page.models] == [("a.b", "B")]
    second = plugin.chimeric_list_models(config, page.cursor)
    assert second.url == f"{base}/inference-profiles?maxResults=1000"
    page = plugin.chimeric_parse_models(
        answer(
            {"inferenceProfileSummaries": [{"inferenceProfileId": "us.a.b"}], "nextToken": "x/y"}
        ),
        config,
    )
    assert page.models[0].id == "us.a.b"
    assert plugin.chimeric_list_models(config, page.cursor).url.endswith("&nextToken=x%2Fy")
    last = plugin.chimeric_parse_models(answer({"inferenceProfileSummaries": []}), config)
    assert last.cursor is None


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


@pytest.mark.parametrize("body", [b'"gone"', {"error": "gone"}, {"detail": "gone"}])
def test_words_of_an_exception_are_found_wherever_they_are(stream: Stream, body: Any) -> None:
    error = stream(("exception:odd", body))[0].error
    assert error is not None
    assert (error.message, error.type) == ("gone", "odd")
