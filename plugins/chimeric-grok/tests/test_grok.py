"""xAI through the whole client, over loopback sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_grok.errors import read_error
from chimeric_grok.parser import GrokState
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    AuthenticationError,
    BadRequestError,
    Chimeric,
    Citation,
    ConfigurationError,
    FilePart,
    Message,
    ModelNotSupportedError,
    PermissionDeniedError,
    ServerError,
    ServerToolChunk,
    TextPart,
    TranslationWarning,
)

KEY = "xai-loopback-0123456789"


def sse(*events: dict[str, Any]) -> bytes:
    return "".join(f"data: {json.dumps(e)}\n\n" for e in events).encode()


def answer(body: bytes, kind: str = "text/event-stream", status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def told(error: dict[str, Any], status: int = 200) -> bytes:
    return answer(json.dumps(error).encode(), "application/json", status)


HELLO = sse(
    {"type": "response.created", "response": {"id": "7f", "model": "grok-4.6"}},
    {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "hm"},
    {"type": "response.x_search_call.searching", "output_index": 1, "item_id": "xs_1"},
    {
        "type": "response.output_item.done",
        "output_index": 1,
        "item": {"type": "x_search_call", "id": "xs_1", "status": "completed"},
    },
    {"type": "response.output_text.delta", "output_index": 2, "content_index": 0, "delta": "Hello"},
    {
        "type": "response.done",
        "response": {
            "id": "7f",
            "status": "completed",
            "usage": {
                "input_tokens": 10,
                "input_tokens_details": {"cached_tokens": 30},
                "output_tokens": 5,
                "total_tokens": 45,
            },
        },
    },
)


def chunk(delta: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "7f", "model": "grok-4.6", "choices": [{"index": 0, "delta": delta, **fields}]}


CHAT_USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 1,
    "total_tokens": 303,
    "completion_tokens_details": {"reasoning_tokens": 290},
}
CHAT = (
    sse(
        chunk({"role": "assistant", "reasoning_content": "First"}),
        chunk({"content": "Hello"}),
        chunk({}, finish_reason="stop"),
        {"id": "7f", "choices": [], "usage": CHAT_USAGE, "citations": ["https://x.test"]},
    )
    + b"data: [DONE]\n\n"
)


class Script:
    """Answers requests with prepared bytes, in order."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.server = LoopbackServer(self._handle)

    def _handle(self, request: SeenRequest) -> list[bytes]:
        return [self.answers.pop(0)]


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    yield script
    script.server.close()


@pytest.fixture
def client(script: Script) -> Iterator[Chimeric]:
    with Chimeric(grok_api_key=KEY, grok_base_url=script.server.url, max_retries=0) as client:
        yield client


def test_the_default_api_is_responses(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO)]
    messages: list[Any] = [{"role": "system", "content": "Be brief."}, "Hi"]
    response = client.generate("grok-4.6", messages, stream=True).collect()
    assert (response.content, response.reasoning) == ("Hello", "hm")
    assert response.metadata["server_tool_calls"][0]["type"] == "x_search_call"
    (seen,) = script.server.requests
    assert seen.path == "/v1/responses"
    body = seen.json()
    assert body["input"][0] == {"role": "system", "content": "Be brief."}
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]


def test_cached_tokens_that_were_left_out_of_the_input_are_added(
    script: Script, client: Chimeric
) -> None:
    script.answers = [answer(HELLO)]
    usage = client.generate("grok-4.6", "Hi", stream=True).collect().usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (40, 5, 45)


def test_the_prefix_xai_is_an_alias(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO)]
    assert client.generate("xai:grok-4.6", "Hi", stream=True).collect().content == "Hello"


def test_chat_completions_are_spoken_where_asked_for(script: Script, client: Chimeric) -> None:
    script.answers = [answer(CHAT)]
    response = client.generate(
        "grok-4.6", "Hi", stream=True, api="chat_completions", max_tokens=9
    ).collect()
    assert (response.content, response.reasoning) == ("Hello", "First")
    assert response.usage.completion_tokens == 291
    assert response.metadata["citations"] == ["https://x.test"]
    assert script.server.requests[0].path == "/v1/chat/completions"
    assert script.server.requests[0].json()["max_completion_tokens"] == 9


def test_citations_on_the_last_chunk_of_chat_completions_are_told_once(
    script: Script, client: Chimeric
) -> None:
    script.answers = [answer(CHAT)]
    stream = client.generate("grok-4.6", "Hi", stream=True, api="chat_completions")
    chunks = list(stream)
    told = Citation(url="https://x.test", native="https://x.test")
    assert [cited for chunk in chunks for cited in chunk.citations] == [told]
    assert [part.citations for part in stream.response.parts if hasattr(part, "text")] == [(told,)]


def test_a_call_that_ends_with_a_blank_finish_reason_is_whole(
    script: Script, client: Chimeric
) -> None:
    function = {"name": "weather", "arguments": '{"city":"Paris"}'}
    calls = [{"index": 0, "id": "call_5511", "type": "function", "function": function}]
    stream = sse(chunk({"tool_calls": calls}), chunk({}, finish_reason=""))
    script.answers = [answer(stream + b"data: [DONE]\n\n")]
    response = client.generate("grok-4.6", "Hi", stream=True, api="chat_completions").collect()
    assert response.finish_reason == "tool_calls"
    assert response.tool_calls[0].arguments == '{"city":"Paris"}'


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_an_error_object_instead_of_a_stream_is_the_error_it_tells(
    api: str, script: Script, client: Chimeric
) -> None:
    unavailable = {"code": "The service is currently unavailable", "error": "try later"}
    refused = {
        "code": "The caller does not have permission to execute the specified operation",
        "error": "blocked",
    }
    script.answers = [told(unavailable), told(refused)]
    with pytest.raises(ServerError, match="try later") as caught:
        client.generate("grok-4.6", "Hi", stream=True, api=api).collect()
    assert caught.value.retryable
    with pytest.raises(PermissionDeniedError, match="blocked") as final:
        client.generate("grok-4.6", "Hi", stream=True, api=api).collect()
    assert not final.value.retryable


@pytest.mark.parametrize("api", ["responses", "chat_completions"])
def test_an_error_inside_a_stream_is_the_error_it_tells(
    api: str, script: Script, client: Chimeric
) -> None:
    script.answers = [answer(sse({"error": {"code": "rate_limit_exceeded", "message": "slow"}}))]
    with pytest.raises(Exception, match="slow") as caught:
        client.generate("grok-4.6", "Hi", stream=True, api=api).collect()
    assert type(caught.value).__name__ == "RateLimitError"


def test_a_wrong_key_is_an_authentication_error_though_it_comes_with_400(
    script: Script, client: Chimeric
) -> None:
    words = "Client specified an invalid argument"
    script.answers = [
        told({"code": words, "error": "Incorrect API key provided: xa***. "}, 400),
        told({"code": words, "error": "temperature must be at most 2"}, 400),
        told({"error": "no such field"}, 422),
    ]
    with pytest.raises(AuthenticationError, match="Incorrect API key"):
        client.generate("grok-4.6", "Hi")
    with pytest.raises(BadRequestError, match="temperature") as caught:
        client.generate("grok-4.6", "Hi")
    assert caught.value.code == words
    with pytest.raises(BadRequestError, match="no such field"):
        client.generate("grok-4.6", "Hi")


def test_parameters_that_a_model_refuses_are_reported(script: Script, client: Chimeric) -> None:
    script.answers = [answer(HELLO), answer(CHAT)]
    with pytest.warns(TranslationWarning, match="reasoning_effort"):
        client.generate("grok-4", "Hi", stream=True, reasoning_effort="high").collect()
    with pytest.warns(TranslationWarning, match="stop"):
        client.generate("grok-4", "Hi", stream=True, stop="END", api="chat_completions").collect()
    for seen in script.server.requests:
        assert not seen.json().keys() & {"reasoning", "reasoning_effort", "stop"}


def test_chat_completions_take_files_by_id_only(client: Chimeric) -> None:
    pdf = FilePart(data="JVBE", media_type="application/pdf")
    with pytest.raises(ModelNotSupportedError, match="file_id"):
        client.generate("grok-4.6", Message("user", (pdf,)), api="chat_completions")


def test_an_unknown_api_is_refused_before_anything_is_sent(client: Chimeric) -> None:
    with pytest.raises(ConfigurationError, match="responses, chat_completions"):
        client.generate("grok-4.6", "Hi", api="grpc")


def test_opaque_reasoning_of_xai_is_its_own() -> None:
    assert GrokState.api == "xai.responses"


@pytest.mark.parametrize(
    ("api", "stream", "struct"),
    [("responses", HELLO, "LifecycleEvent"), ("chat_completions", CHAT, "ChatCompletionChunk")],
)
def test_native_events_are_typed_structs(
    api: str, stream: bytes, struct: str, script: Script, client: Chimeric
) -> None:
    script.answers = [answer(stream)]
    events = list(client.generate("grok-4.6", "Hi", stream=True, native=True, api=api))
    assert type(events[0]).__name__ == struct


def test_a_whole_answer_has_a_native_body(script: Script, client: Chimeric) -> None:
    usage = {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}
    script.answers = [told({"id": "7f", "status": "completed", "output": [], "usage": usage})]
    response = client.generate("grok-4.6", "Hi")
    assert type(response.native).__name__ == "Response"
    assert response.usage.prompt_tokens == 9


def test_models_are_listed(script: Script, client: Chimeric) -> None:
    script.answers = [told({"object": "list", "data": [{"id": "grok-4.6", "created": 1}]})]
    assert [model.id for model in client.list_models("grok")] == ["grok-4.6"]


def test_an_error_body_without_words_is_left_to_the_core() -> None:
    assert read_error({}, 400) is None
    assert read_error(["no"], 400) is None


def x_search(name: str, call: str = "xs_call_1") -> list[dict[str, Any]]:
    """A search on X as xAI streams it: a custom tool that it runs itself."""
    item = {"id": "ctc_1", "type": "custom_tool_call", "call_id": call, "name": name, "input": ""}
    asked = '{"query":"moon"}'
    place = {"output_index": 0, "item_id": "ctc_1"}
    return [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.custom_tool_call_input.delta", **place, "delta": asked},
        {"type": "response.custom_tool_call_input.done", **place, "input": asked},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {**item, "input": asked, "status": "completed"},
        },
    ]


SAID = {"type": "response.output_text.delta", "output_index": 1, "delta": "Found."}
DONE = {"type": "response.done", "response": {"id": "7f", "status": "completed"}}


def test_a_custom_tool_that_was_not_offered_is_run_by_xai(script: Script, client: Chimeric) -> None:
    script.answers = [answer(sse(*x_search("x_keyword_search"), SAID, DONE))]
    stream = client.generate("grok-4.6", "Hi", tools=[{"type": "x_search"}], stream=True)
    told = [tool for chunk in stream for tool in chunk.server_tools]
    assert [tool.status for tool in told] == ["started", "input_streaming", "running", "completed"]
    assert {(tool.kind, tool.name) for tool in told} == {("web_search", "x_keyword_search")}
    assert told[2].input == {"queries": ["moon"]}
    response = stream.response
    assert (response.finish_reason, response.tool_calls) == ("stop", ())


def test_a_custom_tool_that_was_offered_is_the_callers(script: Script, client: Chimeric) -> None:
    script.answers = [answer(sse(*x_search("lookup", "call_1"), DONE))]
    tools = [{"type": "custom", "name": "lookup", "format": {"type": "text"}}]
    response = client.generate("grok-4.6", "Hi", tools=tools, stream=True).collect()
    assert response.finish_reason == "tool_calls"
    assert [(c.name, c.kind, c.arguments) for c in response.tool_calls] == [
        ("lookup", "custom", '{"query":"moon"}')
    ]


def test_a_whole_answer_shows_a_custom_tool_of_xai_too(script: Script, client: Chimeric) -> None:
    item = x_search("x_semantic_search")[-1]["item"]
    script.answers = [told({"id": "7f", "status": "completed", "output": [item]})]
    response = client.generate("grok-4.6", "Hi")
    (search,) = response.parts
    assert isinstance(search, ServerToolChunk)
    assert (search.kind, search.status, search.input) == (
        "web_search",
        "completed",
        {"queries": ["moon"]},
    )
    assert response.finish_reason == "stop"


def test_citations_at_the_end_of_the_text_have_no_offsets(script: Script, client: Chimeric) -> None:
    cited = [
        {
            "type": "response.output_text.annotation.added",
            "output_index": 1,
            "content_index": 0,
            "annotation_index": number,
            "annotation": {"type": "url_citation", "url": f"https://x.test/{number}"},
        }
        for number in range(2)
    ]
    script.answers = [answer(sse(SAID, *cited, DONE))]
    response = client.generate("grok-4.6", "Hi", stream=True).collect()
    (part,) = response.parts
    assert isinstance(part, TextPart)
    assert [(c.url, c.start, c.end) for c in part.citations] == [
        ("https://x.test/0", None, None),
        ("https://x.test/1", None, None),
    ]
