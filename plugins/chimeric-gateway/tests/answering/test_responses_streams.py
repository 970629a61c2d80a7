"""Answers in Responses, as openai's SDK reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import openai
import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocols.responses import RESPONSES
from chimeric_gateway.refusal import Refusal
from chimeric_testing import Close, LoopbackServer, SeenRequest, Step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimeric import (
    Citation,
    CompletionResponse,
    GeneratedFile,
    ImagePart,
    Message,
    ProviderState,
    ServerToolChunk,
    StreamChunk,
    TextPart,
    ToolCall,
    ToolCallChunk,
    Usage,
)

PNG = "iVBORw0KGgo="
USAGE = Usage(prompt_tokens=5, completion_tokens=7, total_tokens=12, cached_tokens=2)
PATCH = {"type": "custom", "name": "patch", "format": {"type": "text"}}


def asked(**body: Any) -> Asked:
    return RESPONSES.read({"model": "fast", "input": "Hi", **body})


def told(chunks: list[StreamChunk], reason: str = "stop", **body: Any) -> bytes:
    answering = RESPONSES.answering(asked(stream=True, **body), "messages")
    state = body.pop("state", None)
    frames = b"".join(map(answering.chunk, chunks))
    return frames + answering.end(ending(reason, state))


def ending(reason: Any, state: ProviderState | None = None) -> CompletionResponse[Any]:
    said = Message("assistant", "", state=state)
    return CompletionResponse(finish_reason=reason, usage=USAGE, messages=[said])


def events(data: bytes) -> list[dict[str, Any]]:
    lines = [line[6:] for line in data.split(b"\n") if line.startswith(b"data: ")]
    return [msgspec.json.decode(line) for line in lines]


def call(delta: str, status: Any, index: int = 0, name: str = "add", **of: Any) -> StreamChunk:
    chunk = ToolCallChunk(index, f"call_{index}", name, delta, status, **of)
    return StreamChunk(tool_calls=(chunk,)).replace(block=index + 1)


@pytest.fixture
def sdk() -> Iterator[Callable[[bytes], Any]]:
    """What the SDK's stream helper makes of a stream."""
    with contextlib.ExitStack() as stack:

        def read(data: bytes) -> Any:
            def serve(request: SeenRequest) -> Iterator[Step]:
                yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                yield b"connection: close\r\n\r\n" + data
                yield Close()

            url = stack.enter_context(LoopbackServer(serve)).url
            client = openai.OpenAI(base_url=url, api_key="any", max_retries=0)
            with client, client.responses.stream(model="fast", input="Hi") as stream:
                for _ in stream:
                    pass
                return stream.get_final_response()

        yield read


def test_events_of_a_text_come_in_order() -> None:
    data = told([StreamChunk("Hel").replace(block=0), StreamChunk("lo").replace(block=0)])
    kinds = [event["type"] for event in events(data)]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in events(data)] == list(range(len(kinds)))
    assert all(f"event: {kind}\n".encode() in data for kind in kinds)
    assert b"[DONE]" not in data
    assert b"obfuscation" not in data
    assert b"service_tier" not in data


def test_the_response_repeats_what_was_asked() -> None:
    body = {"instructions": "Be kind.", "metadata": {"a": "b"}, "temperature": 0.5}
    first, *_, last = events(told([StreamChunk("Hi")], **body))
    for response in (first["response"], last["response"]):
        assert {name: response[name] for name in body} == body
        assert response["model"] == "fast"
        assert response["store"] is False
        assert response["id"] == first["response"]["id"]
        assert (response["error"], response["previous_response_id"]) == (None, None)
    assert first["response"]["output"] == []


def test_counts_are_numbers() -> None:
    usage = events(told([StreamChunk("Hi")]))[-1]["response"]["usage"]
    assert usage["input_tokens_details"]["cached_tokens"] == 2
    assert usage["output_tokens_details"]["reasoning_tokens"] == 0
    assert usage["total_tokens"] == 12


def test_thoughts_texts_and_calls_are_items(sdk: Callable[[bytes], Any]) -> None:
    data = told(
        [
            StreamChunk(reasoning="Hm.").replace(block=0),
            StreamChunk("I add.").replace(block=5),
            call("", "started"),
            call('{"x":', "arguments_streaming"),
            call("1}", "arguments_streaming"),
            call("", "completed"),
        ],
        "tool_calls",
    )
    thought, text, called = sdk(data).output
    assert thought.summary[0].text == "Hm."
    assert text.content[0].text == "I add."
    assert (called.call_id, called.name, called.arguments) == ("call_0", "add", '{"x":1}')
    assert called.id.startswith("fc_")


def test_calls_side_by_side_are_told_one_after_the_other(sdk: Callable[[bytes], Any]) -> None:
    data = told(
        [
            call("", "started", 0),
            call("", "started", 1),
            call('{"x":', "arguments_streaming", 0),
            call('{"y":', "arguments_streaming", 1),
            call("1}", "arguments_streaming", 0),
            call("2}", "arguments_streaming", 1),
            call("", "completed", 0),
            call("", "completed", 1),
        ],
        "tool_calls",
    )
    assert [item.arguments for item in sdk(data).output] == ['{"x":1}', '{"y":2}']
    assert [e["output_index"] for e in events(data) if "output_index" in e] == [0] * 5 + [1] * 5


def test_a_function_that_stands_for_free_text_is_told_as_such(sdk: Callable[[bytes], Any]) -> None:
    data = told(
        [
            call("", "started", name="patch"),
            call('{"input":"a\\nb"}', "completed", name="patch"),
        ],
        "tool_calls",
        tools=[PATCH],
    )
    (item,) = sdk(data).output
    assert (item.type, item.input, item.call_id) == ("custom_tool_call", "a\nb", "call_0")
    assert item.id.startswith("ctc_")


def test_a_refusal_is_a_part() -> None:
    data = told([StreamChunk(refusal="No.").replace(block=0)], "refusal")
    last = events(data)[-1]["response"]
    assert last["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]
    assert [e["delta"] for e in events(data) if e["type"] == "response.refusal.delta"] == ["No."]


def test_a_source_is_an_annotation(sdk: Callable[[bytes], Any]) -> None:
    cited = (Citation(url="https://example.com/", title="Tides", start=0, end=2),)
    data = told([StreamChunk("Hi").replace(block=0, citations=cited)])
    (annotation,) = sdk(data).output[0].content[0].annotations
    assert (annotation.type, annotation.url) == ("url_citation", "https://example.com/")


def test_a_picture_is_an_item(sdk: Callable[[bytes], Any]) -> None:
    made = GeneratedFile("f", ImagePart(data=PNG, media_type="image/png"))
    data = told([StreamChunk().replace(files=(made,), block=0)])
    (item,) = sdk(data).output
    assert (item.type, item.result) == ("image_generation_call", PNG)


def test_searches_are_items(sdk: Callable[[bytes], Any]) -> None:
    tool = {"id": "t", "kind": "web_search", "input": {"queries": ["tides"]}}
    chunks = [
        StreamChunk().replace(server_tools=(ServerToolChunk(**tool, status=status),), block=0)
        for status in ("started", "running", "completed")
    ]
    (item,) = sdk(told(chunks)).output
    assert (item.type, item.action.query) == ("web_search_call", "tides")


@pytest.mark.parametrize(
    ("reason", "why"),
    [("length", "max_output_tokens"), ("content_filter", "content_filter"), ("pause", "paused")],
)
def test_an_answer_that_is_not_whole_is_incomplete(reason: str, why: str) -> None:
    last = events(told([StreamChunk("Hi")], reason))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["status"] == "incomplete"
    assert last["response"]["incomplete_details"] == {"reason": why}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (Refusal(502, "it broke"), "server_error"),
        (Refusal(429, "try again in 3s", code="rate_limit_exceeded"), "rate_limit_exceeded"),
        (Refusal(400, "too long", code="context_length_exceeded"), "context_length_exceeded"),
    ],
)
def test_a_failure_is_an_error_and_a_response_that_failed(refusal: Refusal, code: str) -> None:
    answering = RESPONSES.answering(asked(stream=True), "")
    data = answering.chunk(StreamChunk("Hi")) + answering.fail(refusal)
    error, failed = events(data)[-2:]
    assert (error["type"], error["error"]["message"]) == ("error", refusal.message)
    assert failed["type"] == "response.failed"
    assert failed["response"]["error"] == {"code": code, "message": refusal.message}
    assert failed["response"]["status"] == "failed"
    numbers = [event["sequence_number"] for event in events(data)]
    assert numbers == list(range(len(numbers)))


def test_a_failure_raises_in_the_sdk(sdk: Callable[[bytes], Any]) -> None:
    answering = RESPONSES.answering(asked(stream=True), "")
    data = answering.chunk(StreamChunk("Hi")) + answering.fail(Refusal(502, "it broke"))
    with pytest.raises(openai.APIError, match="it broke"):
        sdk(data)


def test_what_a_provider_wants_back_travels_with_who_keeps_the_conversation() -> None:
    state = ProviderState("anthropic.messages", [{"type": "thinking", "signature": "s"}])
    include = ["reasoning.encrypted_content"]
    data = told([StreamChunk("Hi")], include=include, state=state)
    output = events(data)[-1]["response"]["output"]
    again = RESPONSES.read({"model": "fast", "input": [{"role": "user", "content": "Hi"}, *output]})
    assert again.arguments["messages"][1].state == state
    assert again.arguments["messages"][1].text == "Hi"
    assert b"reasoning" not in b"".join(
        msgspec.json.encode(item)
        for item in events(told([StreamChunk("Hi")], state=state))[-1]["response"]["output"]
    )


def test_a_whole_answer_has_the_same_items() -> None:
    response = CompletionResponse(
        finish_reason="tool_calls",
        usage=USAGE,
        parts=(
            TextPart("I add.", citations=(Citation(url="https://example.com/"),)),
            ToolCall("call_1", "patch", '{"input":"a"}'),
            ToolCall("functions.add:0", "add", "{}"),
        ),
    )
    answering = RESPONSES.answering(asked(tools=[PATCH]), "messages")
    body = msgspec.json.decode(answering.whole(response))
    text, patch, add = body["output"]
    assert (body["object"], body["status"], body["model"]) == ("response", "completed", "fast")
    assert text["content"][0]["annotations"][0]["url"] == "https://example.com/"
    assert (patch["type"], patch["input"]) == ("custom_tool_call", "a")
    assert (add["name"], add["arguments"]) == ("add", "{}")


CHUNKS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.text(min_size=1, max_size=4), st.integers(0, 2)),
        st.tuples(st.just("reasoning"), st.text(min_size=1, max_size=4), st.integers(3, 4)),
        st.tuples(st.just("refusal"), st.text(min_size=1, max_size=4), st.integers(5, 5)),
        st.tuples(st.just("call"), st.just('"a"'), st.integers(6, 8)),
        st.tuples(st.just("file"), st.just(""), st.integers(9, 10)),
    ),
    max_size=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(said=CHUNKS)
def test_however_chunks_come_the_sdk_reads_them(
    sdk: Callable[[bytes], Any], said: list[tuple[str, str, int]]
) -> None:
    begun: dict[int, str] = {}
    chunks: list[StreamChunk] = []
    for kind, text, block in said:
        if kind == "text":
            chunks.append(StreamChunk(text).replace(block=block))
        elif kind == "file":
            made = GeneratedFile(f"f{block}", ImagePart(data=PNG, media_type="image/png"))
            chunks.append(StreamChunk().replace(files=(made,), block=block))
        elif kind == "call":
            new = "[" if block not in begun else ","
            begun[block] = begun.get(block, "") + new + text
            index = list(begun).index(block)
            status = "started" if new == "[" else "arguments_streaming"
            chunks.append(_called(index, block, new + text, status))
        else:
            chunks.append(StreamChunk(**{kind: text}).replace(block=block))
    for index, block in enumerate(begun):
        begun[block] += "]"
        chunks.append(_called(index, block, "]", "completed"))
    data = told(chunks, "tool_calls" if begun else "stop")
    final = sdk(data)
    texts = "".join(text for kind, text, _ in said if kind == "text")
    assert final.output_text == texts
    calls = {item.call_id: item.arguments for item in final.output if item.type == "function_call"}
    assert calls == {f"call_{block}": arguments for block, arguments in begun.items()}
    places = [e["output_index"] for e in events(data) if e["type"].endswith("item.added")]
    assert places == list(range(len(final.output)))
    done = [e["item"]["id"] for e in events(data) if e["type"].endswith("item.done")]
    assert done == [item.id for item in final.output]


def _called(index: int, block: int, delta: str, status: Any) -> StreamChunk:
    chunk = ToolCallChunk(index, f"call_{block}", "add", delta, status)
    return StreamChunk(tool_calls=(chunk,)).replace(block=block)
