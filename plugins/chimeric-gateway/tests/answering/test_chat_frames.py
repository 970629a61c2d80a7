"""Chunks of chat completions, as clients need them."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import openai
import pytest
from chimeric_dialects import Answer
from chimeric_gateway.answering.telling.endings import done_of
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.refusal import Refusal

from chimeric import (
    AudioPart,
    Citation,
    CompletionResponse,
    Delta,
    GeneratedFile,
    ImagePart,
    ServerToolChunk,
    StreamChunk,
    TokenLogprob,
    ToolCallDelta,
    Usage,
)

PICTURE = base64.b64encode(b"\x89PNG").decode()


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


def deltas_of(frames: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [data["choices"][0]["delta"] for _, data in frames if data and data["choices"]]


def told(stage: Any, deltas: list[Delta], **body: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = stage.frames(CHAT_COMPLETIONS, deltas, **body)
    return found


def test_every_chunk_has_the_same_head_and_the_clients_name_of_the_model(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi"), Delta(reasoning="so")])
    assert frames[-1] == ("", None)
    heads = {(d["id"], d["created"], d["object"], d["model"]) for _, d in frames[:-1]}
    assert len(heads) == 1
    identity, created, kind, model = heads.pop()
    assert identity.startswith("chatcmpl-")
    assert isinstance(created, int)
    assert (kind, model) == ("chat.completion.chunk", "fast")
    assert all(d["choices"][0]["index"] == 0 for _, d in frames[:-1])


def test_nothing_is_told_that_only_openai_has(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi"), Delta(text=" there")])
    keys = {key for _, data in frames[:-1] for key in data}
    assert keys == {"id", "object", "created", "model", "choices"}


def test_the_role_comes_once_and_first(stage: Any) -> None:
    deltas = deltas_of(told(stage, [Delta(reasoning="so"), Delta(text="Hi"), *TWO_CALLS]))
    assert [delta.get("role") for delta in deltas] == ["assistant"] + [None] * (len(deltas) - 1)


def test_the_finish_reason_comes_once_in_an_empty_delta_after_all_content(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi")])
    reasons = [data["choices"][0]["finish_reason"] for _, data in frames[:-1]]
    assert reasons == [None] * (len(reasons) - 1) + ["stop"]
    assert frames[-2][1]["choices"][0]["delta"] == {}


@pytest.mark.parametrize(
    ("reason", "word"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter")],
)
def test_words_of_the_ending(stage: Any, reason: Any, word: str) -> None:
    frames = told(stage, [Delta(text="Hi"), Delta(finish_reason=reason, done=True)])
    assert frames[-2][1]["choices"][0]["finish_reason"] == word


@pytest.mark.parametrize(
    ("reason", "native", "word"),
    [
        ("refusal", None, "content_filter"),
        ("pause", "pause_turn", "stop"),
        ("other", "odd", "stop"),
        ("tool_calls", None, "stop"),
    ],
)
def test_endings_that_a_chat_has_no_word_for(
    stage: Any, reason: Any, native: str | None, word: str
) -> None:
    end = Delta(finish_reason=reason, finish_reason_native=native, done=True)
    frames = told(stage, [Delta(text="Hi"), end])
    assert frames[-2][1]["choices"][0]["finish_reason"] == word


@pytest.mark.parametrize("native", ["error", "ABORTED", "network_error", "cancelled"])
def test_an_answer_that_its_upstream_gave_up_is_no_good_end(stage: Any, native: str) -> None:
    end = Delta(finish_reason="other", finish_reason_native=native, done=True)
    with pytest.raises(Refusal) as caught:
        told(stage, [Delta(text="Hi"), end])
    assert caught.value.status == 502


def test_an_answer_that_begins_anew_cannot_be_told_on() -> None:
    asked = CHAT_COMPLETIONS.read({"model": "fast", "messages": [{"role": "user", "content": "a"}]})
    answering = CHAT_COMPLETIONS.answering(asked, "")
    answering.chunk(StreamChunk("Hi"))
    with pytest.raises(Refusal):
        answering.chunk(StreamChunk().replace(metadata={"restarted": True}))


def test_usage_is_one_chunk_without_choices_where_it_is_asked_for(stage: Any) -> None:
    usage = Usage.of(9, 5, cached=4, reasoning=2)
    end = Delta(finish_reason="stop", usage=usage, done=True)
    asked = {"stream_options": {"include_usage": True}}
    frames = told(stage, [Delta(text="Hi"), end], **asked)
    assert [data["usage"] for _, data in frames[:-2]] == [None] * len(frames[:-2])
    last = frames[-2][1]
    assert last["choices"] == []
    assert last["usage"]["prompt_tokens"] == 9
    assert last["usage"]["completion_tokens"] == 5
    assert last["usage"]["total_tokens"] == 14
    assert last["usage"]["prompt_tokens_details"]["cached_tokens"] == 4
    assert last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2
    assert all("usage" not in data for _, data in told(stage, [Delta(text="Hi"), end])[:-1])


def test_usage_that_nobody_counted_is_not_invented(stage: Any) -> None:
    frames = told(stage, [Delta(text="Hi")], stream_options={"include_usage": True})
    assert not any(data["usage"] for _, data in frames[:-1])
    assert "usage" not in stage.whole(CHAT_COMPLETIONS, [Delta(text="Hi")])


def test_calls_have_dense_places_and_say_who_they_are_once(stage: Any) -> None:
    deltas = deltas_of(told(stage, TWO_CALLS))
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    first = [
        {"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "g", "arguments": ""}},
    ]
    assert calls[:2] == first
    assert all(set(call) == {"index", "function"} for call in calls[2:])
    assert all(set(call["function"]) == {"arguments"} for call in calls[2:])
    for place, text in enumerate(('{"x":1}', '{"y":2}')):
        pieces = [c["function"]["arguments"] for c in calls if c["index"] == place]
        assert "".join(pieces) == text


def test_calls_end_with_their_own_reason_whatever_the_upstream_says(stage: Any) -> None:
    frames = told(stage, [*TWO_CALLS, Delta(finish_reason="stop", done=True)])
    assert frames[-2][1]["choices"][0]["finish_reason"] == "tool_calls"


def test_whole_calls_are_an_ending_of_their_own() -> None:
    """The core says so too; a response may come from elsewhere."""
    answer = Answer()
    list(answer.grow(answer.block("call", id="a", name="f"), ["{}"]))
    response: CompletionResponse[Any] = CompletionResponse(finish_reason="stop")
    assert done_of(response, answer).reason == "tool_calls"


def test_a_call_that_was_cut_is_told_as_cut(stage: Any) -> None:
    frames = told(stage, [*TWO_CALLS[:3], Delta(finish_reason="length", done=True)])
    assert frames[-2][1]["choices"][0]["finish_reason"] == "length"


def test_a_call_without_arguments_has_an_empty_object(stage: Any) -> None:
    deltas = deltas_of(told(stage, [call(0, id="a", name="f")]))
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert [c["function"]["arguments"] for c in calls] == ["", "{}"]
    whole = stage.whole(CHAT_COMPLETIONS, [call(0, id="a", name="f")])
    assert whole["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize("identity", ["now 0", "é" * 20, "x" * 200])
def test_ids_that_a_chat_cannot_carry_are_packed(stage: Any, identity: str) -> None:
    deltas = deltas_of(told(stage, [call(0, id=identity, name="f")]))
    found = next(delta["tool_calls"][0]["id"] for delta in deltas if "tool_calls" in delta)
    assert found.isascii()
    assert " " not in found
    assert len(found) <= 64
    whole = stage.whole(CHAT_COMPLETIONS, [call(0, id=identity, name="f")])
    assert whole["choices"][0]["message"]["tool_calls"][0]["id"] == found
    said = {"role": "assistant", "tool_calls": [{"id": found, "function": {"name": "f"}}]}
    asked = CHAT_COMPLETIONS.read({"model": "fast", "messages": [said]})
    assert asked.arguments["messages"][0]["tool_calls"][0]["id"] == identity


def test_thoughts_are_reasoning_content_before_the_text(stage: Any) -> None:
    deltas = deltas_of(told(stage, [Delta(reasoning="so"), Delta(text="Hi")]))
    assert {"reasoning_content": "so"} in deltas
    assert deltas.index({"reasoning_content": "so"}) < deltas.index({"content": "Hi"})


def test_a_refusal_is_told_as_one(stage: Any) -> None:
    frames = told(stage, [Delta(refusal="No.")])
    assert {"refusal": "No."} in deltas_of(frames)
    assert frames[-2][1]["choices"][0]["finish_reason"] == "stop"
    message = stage.whole(CHAT_COMPLETIONS, [Delta(refusal="No.")])["choices"][0]["message"]
    assert (message["refusal"], message["content"]) == ("No.", None)


def test_sources_are_annotations_that_sdks_can_join(stage: Any) -> None:
    sources = [
        Delta(text="High tide.", block="a"),
        Delta(citations=(Citation(url="https://e.org/1", title="One", start=5, end=9),), block="a"),
        Delta(text=" Low tide.", block="b"),
        Delta(citations=(Citation(url="https://e.org/2"),), block="b"),
    ]
    deltas = deltas_of(told(stage, sources))
    found = [a for delta in deltas for a in delta.get("annotations", ())]
    assert [a["index"] for a in found] == [0, 1]
    cited = [a["url_citation"] for a in found]
    assert cited == [
        {"url": "https://e.org/1", "title": "One", "start_index": 5, "end_index": 9},
        {"url": "https://e.org/2", "title": "", "start_index": 10, "end_index": 20},
    ]
    message = stage.whole(CHAT_COMPLETIONS, sources)["choices"][0]["message"]
    assert [a["url_citation"] for a in message["annotations"]] == cited


@pytest.mark.parametrize(
    ("part", "url"),
    [
        (ImagePart(data=PICTURE, media_type="image/png"), f"data:image/png;base64,{PICTURE}"),
        (ImagePart(url="https://e.org/a.png"), "https://e.org/a.png"),
    ],
)
def test_pictures_are_images(stage: Any, part: ImagePart, url: str) -> None:
    preview = Delta(files=(GeneratedFile("i", part, partial=True),))
    made = Delta(files=(GeneratedFile("i", part),))
    deltas = deltas_of(told(stage, [preview, made]))
    images = [image for delta in deltas for image in delta.get("images", ())]
    assert images == [{"type": "image_url", "image_url": {"url": url}, "index": 0}]
    message = stage.whole(CHAT_COMPLETIONS, [made])["choices"][0]["message"]
    assert message["images"][0]["image_url"] == {"url": url}


def test_sound_is_audio(stage: Any) -> None:
    part = AudioPart(data=base64.b64encode(b"RIFF").decode(), media_type="audio/wav")
    deltas = deltas_of(told(stage, [Delta(files=(GeneratedFile("s", part),))]))
    data = [d["audio"]["data"] for d in deltas if d.get("audio", {}).get("data")]
    assert [base64.b64decode(piece) for piece in data] == [b"RIFF"]


def test_probabilities_stand_beside_their_text(stage: Any) -> None:
    token = TokenLogprob("Hi", -0.5, (TokenLogprob("Ho", -1.5),))
    deltas = [Delta(text="Hi", logprobs=(token,)), Delta(text=" there")]
    frames = told(stage, deltas, logprobs=True)
    found = [data["choices"][0]["logprobs"] for _, data in frames[:-1]]
    content = [told["content"] for told in found if told]
    top = {"token": "Ho", "logprob": -1.5, "bytes": [72, 111]}
    assert content == [
        [{"token": "Hi", "logprob": -0.5, "bytes": [72, 105], "top_logprobs": [top]}]
    ]


def test_tools_that_the_provider_runs_and_results_of_ours_are_not_told(stage: Any) -> None:
    tool = ServerToolChunk(id="ws", kind="web_search", status="completed")
    deltas = deltas_of(told(stage, [Delta(server_tools=(tool,)), Delta(text="Hi")]))
    assert deltas == [
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "Hi"},
        {},
    ]


def test_functions_of_old_are_answered_in_the_old_form(stage: Any) -> None:
    functions = {"functions": [{"name": "f", "parameters": {"type": "object"}}]}
    frames = told(stage, [call(0, '{"x":1}', id="a", name="f")], **functions)
    told_calls = [d["function_call"] for d in deltas_of(frames) if "function_call" in d]
    assert told_calls == [{"name": "f", "arguments": ""}, {"arguments": '{"x":1}'}]
    assert frames[-2][1]["choices"][0]["finish_reason"] == "function_call"
    whole = stage.whole(CHAT_COMPLETIONS, [call(0, '{"x":1}', id="a", name="f")], **functions)
    choice = whole["choices"][0]
    assert choice["message"]["function_call"] == {"name": "f", "arguments": '{"x":1}'}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "function_call"


def test_calls_of_tools_that_take_text_are_custom(stage: Any) -> None:
    tools = [{"type": "custom", "custom": {"name": "f"}}]
    said = [call(0, "print", id="a", name="f", kind="custom"), call(0, "(1)")]
    calls = [c for d in deltas_of(told(stage, said, tools=tools)) for c in d.get("tool_calls", ())]
    assert calls[0] == {
        "index": 0,
        "id": "a",
        "type": "custom",
        "custom": {"name": "f", "input": ""},
    }
    assert "".join(c["custom"]["input"] for c in calls) == "print(1)"
    message = stage.whole(CHAT_COMPLETIONS, said, tools=tools)["choices"][0]["message"]
    custom = {"name": "f", "input": "print(1)"}
    assert message["tool_calls"] == [{"id": "a", "type": "custom", "custom": custom}]


def test_a_whole_answer_has_what_clients_need(stage: Any) -> None:
    whole = stage.whole(CHAT_COMPLETIONS, [Delta(reasoning="so"), Delta(text="Hi")])
    assert whole["object"] == "chat.completion"
    assert whole["model"] == "fast"
    choice = whole["choices"][0]
    assert choice["index"] == 0
    assert choice["finish_reason"] == "stop"
    assert choice["message"] == {
        "role": "assistant",
        "content": "Hi",
        "reasoning_content": "so",
        "refusal": None,
        "annotations": [],
    }
    called = stage.whole(CHAT_COMPLETIONS, TWO_CALLS)["choices"][0]
    assert called["message"]["content"] is None
    assert [c["id"] for c in called["message"]["tool_calls"]] == ["a", "b"]
    assert called["finish_reason"] == "tool_calls"


def test_an_answer_without_content_has_a_role_and_an_end(stage: Any) -> None:
    frames = told(stage, [Delta(finish_reason="stop", done=True)])
    assert deltas_of(frames)[0]["role"] == "assistant"
    assert frames[-2][1]["choices"][0]["finish_reason"] == "stop"
    message = stage.whole(CHAT_COMPLETIONS, [Delta(text="")])["choices"][0]["message"]
    assert message["content"] == ""


def test_an_error_in_mid_stream_is_an_object_that_every_sdk_raises(serve: Any) -> None:
    asked = CHAT_COMPLETIONS.read({"model": "fast", "messages": [{"role": "user", "content": "a"}]})
    answering = CHAT_COMPLETIONS.answering(asked, "")
    frames = answering.chunk(StreamChunk("Hi")) + answering.fail(Refusal(502, "It broke off."))
    sdk = openai.OpenAI(base_url=serve(frames), api_key="any", max_retries=0)
    with sdk, sdk.chat.completions.create(model="m", messages=[], stream=True) as stream:
        with pytest.raises(openai.APIError, match=r"It broke off\."):
            list(stream)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (403, "permission_error", None),
        (404, "invalid_request_error", None),
        (405, "invalid_request_error", None),
        (413, "invalid_request_error", None),
        (422, "invalid_request_error", None),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (500, "server_error", None),
        (502, "server_error", None),
        (503, "server_error", None),
    ],
)
def test_errors_before_an_answer(status: int, kind: str, code: str | None) -> None:
    told, headers, body = CHAT_COMPLETIONS.refuse(Refusal(status, "No.", param="p"))
    assert told == status
    assert headers["x-request-id"]
    error = {"message": "No.", "type": kind, "param": "p", "code": code}
    assert msgspec.json.decode(body) == {"error": error}


def test_a_refusal_tells_how_long_to_wait() -> None:
    _, headers, _ = CHAT_COMPLETIONS.refuse(Refusal(429, "Slow down.", retry_after=7))
    assert headers["retry-after"] == "7"
