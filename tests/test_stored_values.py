"""Every value pickles, copies, and becomes JSON and itself again."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import chimeric
from chimeric import (
    AudioPart,
    Chimeric,
    ChimericError,
    Citation,
    CompletionResponse,
    ConfigurationError,
    FilePart,
    GeneratedFile,
    ImagePart,
    Message,
    NativePart,
    PluginError,
    ProtocolError,
    ProviderState,
    RateLimitError,
    ReasoningPart,
    RefusedError,
    RequestTimeoutError,
    ServerToolChunk,
    StreamChunk,
    StreamInterruptedError,
    TextPart,
    TokenLogprob,
    ToolCall,
    ToolCallChunk,
    ToolExecutionResult,
    Usage,
    from_json,
    to_json,
)
from chimeric.values.forms.stored import KINDS
from chimeric.values.responses import ResponseTiming
from tests.client.frames import DONE, Frames, text

MODEL = "frames:m"


class Weather(msgspec.Struct):
    city: str


CITATION = Citation(url="https://a.example", title="A", start=0, end=2, native={"x": [1, None]})
SEARCH = ServerToolChunk(
    id="ws", kind="web_search", status="completed", input={"queries": ["a"]}, output=[{"url": "u"}]
)
PICTURE = GeneratedFile("ig", ImagePart(data="aGk=", media_type="image/png"), partial=True)
CALL = ToolCall("c1", "clock", '{"zone": "UTC"}')
RESULT = ToolExecutionResult("c1", "clock", "{}", "noon", value={"hour": 12}, duration=0.5)
MESSAGES = [
    Message("system", "Be brief."),
    Message("user", (TextPart("What is this?"), ImagePart(url="https://a.example/i.png"))),
    Message("user", (FilePart(file_id="f1", filename="a.pdf"), AudioPart(data="aGk="))),
    Message("user", (NativePart({"type": "odd"}),)),
    Message(
        "assistant",
        (TextPart("Hi", (CITATION,)),),
        tool_calls=(CALL,),
        reasoning="Hm.",
        state=ProviderState("acme", [{"signature": "s"}]),
    ),
    Message("tool", "noon", tool_call_id="c1", name="clock", is_error=True),
    Message("assistant", "", refusal="No."),
]
PLAIN = [
    *MESSAGES,
    *(CITATION, SEARCH, PICTURE, CALL, RESULT, ReasoningPart("Hm."), TextPart("Hi", (CITATION,))),
    *(Usage.of(3, 4, cached=1), TokenLogprob("a", -0.5, (TokenLogprob("b", -1.0),))),
    *(ImagePart(url="https://a.example/i.png"), AudioPart(data="aGk="), FilePart(data="aGk=")),
    *(NativePart({"a": 1}), ResponseTiming(first_content=0.5, duration=1.0, gaps=(0.1,))),
]


def picked(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def through_json(value: Any) -> Any:
    return from_json(to_json(value))


WAYS: list[Callable[[Any], Any]] = [picked, copy.copy, copy.deepcopy, through_json]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", PLAIN, ids=lambda value: type(value).__name__)
def test_a_value_becomes_itself_again(way: Callable[[Any], Any], value: Any) -> None:
    assert way(value) == value
    assert type(way(value)) is type(value)


def test_every_kind_of_value_is_tried_here() -> None:
    tried = {type(value) for value in PLAIN}
    elsewhere = {StreamChunk, ToolCallChunk, CompletionResponse, ChimericError}
    assert tried | elsewhere == set(KINDS.values())
    shown = {
        value
        for name in chimeric.__all__
        if isinstance(value := getattr(chimeric, name), type)
        and value.__module__.startswith(("chimeric.values.blocks", "chimeric.values.chunks"))
    }
    assert shown <= set(KINDS.values()) | {chimeric.StreamChunk}


def clock(zone: str = "UTC") -> str:
    """Tell the time."""
    return "noon"


def answered(**settings: Any) -> tuple[list[StreamChunk], CompletionResponse]:
    """Chunks and response of a call with a tool, a text, and structured output."""
    first = [
        {"reasoning": "Hm."},
        text("Let me see. "),
        {"calls": ["clock"]},
        {"done": True, "finish": "tool_calls"},
    ]
    last = [text('{"city":', 4), text(' "Rome"}'), DONE]
    with Frames(first, last) as server, server.client() as client:
        stream = client.generate(
            MODEL, "Hi", stream=True, tools=[clock], response_format=Weather, **settings
        )
        return list(stream), stream.response


def said(chunk: StreamChunk) -> list[Any]:
    """What a chunk says by itself."""
    return [
        *(chunk.delta, chunk.turn, chunk.block, chunk.reasoning, chunk.refusal),
        *(chunk.finish_reason, chunk.tool_results, chunk.usage, chunk.metadata),
        *(chunk.citations, chunk.server_tools, chunk.files, chunk.logprobs),
        *((c.index, c.id, c.name, c.arguments_delta, c.status, c.kind) for c in chunk.tool_calls),
    ]


@pytest.mark.parametrize("way", WAYS)
def test_chunks_say_the_same_again(way: Callable[[Any], Any]) -> None:
    chunks, _ = answered()
    assert len(chunks) > 7
    assert [said(way(chunk)) for chunk in chunks] == [said(chunk) for chunk in chunks]
    assert list(map(said, way(chunks))) == list(map(said, chunks))


def test_rare_things_of_a_chunk_go_with_it() -> None:
    chunk = StreamChunk("Hi", 2).replace(
        block=3, citations=(CITATION,), server_tools=(SEARCH,), files=(PICTURE,),
        logprobs=(TokenLogprob("Hi", -0.1),), metadata={"usage": Usage.of(1, 2), "x": {1, 2}},
    )  # fmt: skip
    again = through_json(chunk)
    assert said(again)[:8] == said(chunk)[:8]
    assert again.metadata["usage"] == Usage.of(1, 2)
    assert (again.citations, again.files) == ((CITATION,), (PICTURE,))
    assert said(picked(chunk)) == said(chunk)


@pytest.mark.parametrize("name", ["content", "native", "raw"])
def test_a_chunk_out_of_json_raises_where_it_is_asked_for_what_it_left(name: str) -> None:
    chunks, _ = answered()
    for chunk in chunks:
        with pytest.raises(ConfigurationError, match=f"out of JSON has no {name}"):
            getattr(through_json(chunk), name)
        changed = through_json(chunk).replace(delta="x")
        with pytest.raises(ConfigurationError):
            getattr(changed, name)
        assert repr(through_json(chunk))
        assert through_json(chunk).to_dict()["turn"] == chunk.turn


def test_the_arguments_of_a_call_out_of_json_are_those_of_the_completed_one() -> None:
    chunks, _ = answered()
    calls = [call for chunk in chunks for call in chunk.tool_calls]
    for call in calls:
        again = through_json(call)
        if call.status == "completed":
            assert again.arguments == call.arguments
            assert again.partial_arguments == call.partial_arguments
        else:
            with pytest.raises(ConfigurationError, match="arguments"):
                _ = again.arguments
            with pytest.raises(ConfigurationError, match="arguments"):
                _ = again.partial_arguments
    assert {call.status for call in calls} == {"started", "completed"}


def whole(response: CompletionResponse) -> list[Any]:
    """All fields of a response, but for the provider's own form."""
    fields = {name: getattr(response, name) for name in response.__struct_fields__}
    fields.pop("native")
    return [{**fields, "headers": dict(response.headers)}, response.text]


@pytest.mark.parametrize("way", WAYS)
def test_a_response_says_the_same_again(way: Callable[[Any], Any]) -> None:
    _, response = answered()
    assert response.parsed == Weather("Rome")
    again = way(response)
    if way is through_json:
        again = from_json(to_json(response), parsed=Weather)
        assert from_json(to_json(response)).parsed == {"city": "Rome"}
    assert whole(again) == whole(response)
    assert type(again) is CompletionResponse


def test_the_provider_s_own_form_stays_where_its_code_is() -> None:
    response: CompletionResponse = CompletionResponse(content="Hi", native=lambda: None)
    for way in (picked, copy.deepcopy, through_json):
        assert way(response).native is None
        assert way(response).content == "Hi"
    assert copy.copy(response).native is response.native


def test_a_response_of_every_part_becomes_itself_again() -> None:
    response: CompletionResponse = CompletionResponse(
        content="Hi",
        parts=(TextPart("Hi", (CITATION,)), ReasoningPart("Hm."), CALL, SEARCH, PICTURE),
        messages=MESSAGES,
        tool_results=(RESULT,),
        metadata={"turns": [{"usage": Usage.of(1, 2)}], "usage": Usage.of(1, 2)},
    )
    for way in WAYS:
        assert whole(way(response)) == whole(response)


class Odd:
    """What a tool may return: it has no JSON form and cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("not this one")

    def __str__(self) -> str:
        return "an odd thing"


def test_what_cannot_be_kept_of_a_result_stays_behind_and_nothing_else() -> None:
    odd = ToolExecutionResult("c1", "clock", "{}", "noon", value=Odd())
    assert picked(odd) == ToolExecutionResult("c1", "clock", "{}", "noon")
    assert through_json(odd).value == "an odd thing"
    assert copy.copy(odd).value is odd.value
    response: CompletionResponse = CompletionResponse(tool_results=(odd,))
    assert picked(response).tool_results[0].output == "noon"
    failed = ChimericError("no", partial=response)
    assert picked(failed).partial.tool_results[0].output == "noon"


def errors() -> list[ChimericError]:
    _, response = answered()
    told: dict[str, Any] = {"provider": "acme", "model": "m", "request_id": "r", "endpoint": "eu"}
    limit = RateLimitError(
        "slow down", status_code=429, body="{}", retry_after=1.5, code="x", **told, partial=response
    )
    limit.headers = response.headers
    return [
        limit,
        RequestTimeoutError("no byte", phase="gap", **told),
        ProtocolError("bad", raw=b"\xff\x00", limit="event_size"),
        PluginError("broken", plugin="p", distribution="d", hook="h"),
        RefusedError("no", retry_after=2.0),
        StreamInterruptedError("cut", partial=response),
        ConfigurationError("no key"),
    ]


def fields_of(error: ChimericError) -> dict[str, Any]:
    fields = {n: v for n, v in vars(error).items() if n not in ("partial", "headers")}
    partial = None if error.partial is None else whole(error.partial)[1:]
    return {**fields, "partial": partial, "headers": dict(error.headers), "text": str(error)}


@pytest.mark.parametrize("way", WAYS)
def test_errors_say_the_same_again(way: Callable[[Any], Any]) -> None:
    for error in errors():
        again = way(error)
        assert type(again) is type(error)
        assert fields_of(again) == fields_of(error)
        assert (again.kind, again.retryable) == (error.kind, error.retryable)
    assert [type(e) for e in through_json(errors())] == [type(e) for e in errors()]


def test_an_error_of_a_class_that_is_not_loaded_becomes_the_nearest_one() -> None:
    told = json.loads(to_json(RateLimitError("slow", status_code=429)))
    told["value"]["class"] = ["TooFastError", *told["value"]["class"]]
    assert type(from_json(json.dumps(told))) is RateLimitError


def test_an_error_of_a_real_call_goes_through_json_with_its_partial_answer() -> None:
    with Frames([text("Once upon")]) as server, server.client() as client:
        with pytest.raises(StreamInterruptedError) as caught:
            client.generate(MODEL, "Hi", stream=True).collect()
    for way in (picked, through_json):
        assert way(caught.value).partial.content == "Once upon"
        assert way(caught.value).headers["content-type"] == "application/x-ndjson"


def test_the_form_has_a_number_and_the_two_before_are_read() -> None:
    told = json.loads(to_json(MESSAGES))
    assert told["v"] == 2
    for version in (0, 1, 2):
        assert from_json(json.dumps({**told, "v": version})) == MESSAGES
    assert from_json(msgspec.json.encode(MESSAGES)) == MESSAGES  # as it was written before
    assert from_json(msgspec.json.encode(MESSAGES[0])) == MESSAGES[0]
    chunk = from_json(json.dumps(StreamChunk("Hi", 1).to_dict()))
    assert (chunk.delta, chunk.turn) == ("Hi", 1)
    assert from_json(to_json([])) == []


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ('{"v": 3, "kind": "message", "value": {}}', "later version wrote this value .form 3"),
        ('{"v": "2", "kind": "message", "value": {}}', "'2' is not a format version"),
        ('{"v": 2, "kind": "nothing", "value": {}}', "'nothing' is not a known kind"),
        ('{"v": 2, "kind": "message"}', "cannot be read"),
        ('{"v": 2, "kind": "message", "value": {"role": "queen"}}', "cannot be read"),
        ('{"v": 2, "kind": "chunk", "value": [1]}', "cannot be read"),
        ('{"v": 2, "kind": "error", "value": {}}', "cannot be read"),
        ('{"v": 2, "kind": [], "value": {}}', "cannot be read"),
        ('{"hello": 1}', "not a value that to_json wrote"),
        ("[1]", "not a value that to_json wrote"),
        ("oops", "not JSON"),
    ],
)
def test_what_is_no_stored_value_is_a_clear_error(stored: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        from_json(stored)


def test_what_is_no_value_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="object is none of"):
        to_json(object())
    with pytest.raises(TypeError, match="one kind"):
        to_json([MESSAGES[0], CALL])


def test_a_conversation_goes_on_in_another_process() -> None:
    with Frames([text("Hi"), DONE], [text("Again"), DONE]) as server, server.client() as client:
        response = client.generate(MODEL, "Hello", stream=True).collect()
        stored = to_json(response.messages)
        messages = [*from_json(stored), Message("user", "And now?")]
        client.generate(MODEL, messages, stream=True).collect()
        assert server.requests[1].json()["told"] == [
            ["user", "Hello"],
            ["assistant", "Hi"],
            ["user", "And now?"],
        ]


def test_no_key_is_in_a_stored_value() -> None:
    with Frames([text("Hi"), DONE]) as server, server.client() as client:
        response = client.generate(MODEL, "Hello", stream=True).collect()
    assert "frames-key" not in to_json(response)
    assert isinstance(client, Chimeric)
