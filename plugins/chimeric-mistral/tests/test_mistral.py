"""Mistral: requests that the official SDK's models accept, and its own ways."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_mistral import (
    chimeric_build_request,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_provider,
)
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import (
    AudioPart,
    Chimeric,
    Event,
    FilePart,
    GeneratedFile,
    HTTPResponse,
    ImagePart,
    Message,
    ProviderConfig,
    Request,
    ResponseFormat,
    ServerToolChunk,
    TextPart,
    Tool,
    ToolCall,
)

DECLARATION = chimeric_provider()
CONFIG = ProviderConfig(name="mistral", base_url=DECLARATION.base_url, declaration=DECLARATION)
USER = Message("user", "Hi")
CALLS = (ToolCall("call_1", "add", '{"x":1}'), ToolCall("gSIMJiOkT", "add", '{"x":2}'))
RESULTS = (
    Message("tool", "1", tool_call_id="call_1", name="add"),
    Message("tool", "failed", tool_call_id="gSIMJiOkT", name="add", is_error=True),
)
TOOL = Tool(name="add", description="Add", parameters={"type": "object", "properties": {}})


def build(**fields: Any) -> Any:
    return chimeric_build_request(Request(model="mistral-small-latest", **fields), CONFIG)


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": (Message("system", "Be brief."), USER), "stream": True},
        {
            "messages": (USER, Message("assistant", "", CALLS), *RESULTS, USER),
            "tools": (TOOL,),
            "tool_choice": "required",
            "parallel_tool_calls": True,
            "temperature": 0.1,
            "top_p": 0.9,
            "max_tokens": 9,
            "seed": 1,
            "stop": ("x",),
            "reasoning_effort": "low",
        },
        {
            "messages": (
                Message(
                    "user",
                    (
                        TextPart("What?"),
                        ImagePart(data="aGk=", media_type="image/png"),
                        FilePart(url="https://x.test/a.pdf", filename="a.pdf"),
                        FilePart(data="aGk=", media_type="application/pdf"),
                        FilePart(file_id="0b3f1a0e-8b8e-4c55-9d2c-5f0f5a6f7b11"),
                        AudioPart(data="aGk=", media_type="audio/wav"),
                    ),
                ),
            ),
            "response_format": ResponseFormat(schema={"type": "object"}, strict=False),
        },
    ],
    ids=["text", "tools", "parts"],
)
def test_requests_are_valid_for_the_official_models(fields):
    models = pytest.importorskip("mistralai.client.models")
    http = build(**fields)
    model = models.ChatCompletionStreamRequest
    known = {field.alias or name for name, field in model.model_fields.items()}
    assert set(http.body) <= known
    sent = model.model_validate(http.body)
    assert [message.role for message in sent.messages] == [m["role"] for m in http.body["messages"]]
    assert http.url == "https://api.mistral.ai/v1/chat/completions"
    assert http.dropped == ()


def test_names_of_parameters_differ():
    body = build(messages=(USER,), seed=1, max_tokens=2, stream=True).body
    assert (body["random_seed"], body["max_tokens"]) == (1, 2)
    assert "stream_options" not in body


def test_call_ids_of_others_become_nine_letters_and_digits_everywhere():
    messages = build(messages=(USER, Message("assistant", "", CALLS), *RESULTS)).body["messages"]
    called = [call["id"] for call in messages[1]["tool_calls"]]
    assert called == [message["tool_call_id"] for message in messages[2:]]
    assert called[1] == "gSIMJiOkT"
    assert re.fullmatch("[a-zA-Z0-9]{9}", called[0])


def test_a_user_message_never_follows_a_tool_result_directly():
    http = build(messages=(USER, Message("assistant", "", CALLS), *RESULTS, USER))
    roles = " ".join(message["role"] for message in http.body["messages"])
    assert roles == "user assistant tool tool assistant user"


def test_assistant_messages_that_say_nothing_are_left_out():
    messages = build(messages=(USER, Message("assistant", ""), USER)).body["messages"]
    assert [m["role"] for m in messages] == ["user", "user"]


def test_the_choice_of_no_tool_sends_no_tools():
    body = build(messages=(USER,), tools=(TOOL,), tool_choice="none", parallel_tool_calls=True).body
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(body)


def test_thinking_parts_are_reasoning():
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    frame = {"choices": [{"index": 0, "delta": {"content": [thinking]}, "finish_reason": None}]}
    state = DECLARATION.state(Request(model="m", messages=()))
    delta = chimeric_parse_event(Event(msgspec.json.encode(frame)), state)
    assert (delta.reasoning, delta.text) == ("hm", None)


REFERENCE = {"type": "reference", "reference_ids": [0, "doc-1"]}
PARTS: tuple[dict[str, Any], ...] = (
    {
        "type": "thinking",
        "thinking": [{"type": "text", "text": "Hm."}, REFERENCE, {"type": "text", "text": " So."}],
        "closed": True,
    },
    {"type": "text", "text": "High tide"},
    REFERENCE,
    {"type": "text", "text": " is at noon."},
    {
        "type": "tool_reference",
        "tool": "web_search",
        "title": "Tides",
        "url": "https://a.test",
        "description": "The moon.",
    },
    {"type": "image_url", "image_url": "https://a.test/a.png"},
    {"type": "tool_file", "tool": "code_interpreter", "file_id": "f1", "file_name": "a.csv"},
    {"type": "hologram", "hologram": {"a": 1}},
)


def shown(streamed: bool) -> Any:
    """The whole answer, or what a stream of the same parts came to, over a socket."""

    def handle(request: SeenRequest) -> Iterator[bytes]:
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        if streamed:
            deltas: list[Any] = [*({"content": [part]} for part in PARTS), {"content": ""}]
            frames = [
                {"choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas
            ]
            frames[-1]["choices"][0]["finish_reason"] = "stop"
            lines = [
                b"data: %b\n\n" % msgspec.json.encode(f)
                for f in ({**f, "id": "m1"} for f in frames)
            ]
            kind, sent = b"text/event-stream", b"".join([*lines, b"data: [DONE]\n\n"])
        else:
            message = {"role": "assistant", "content": list(PARTS)}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            kind = b"application/json"
            sent = msgspec.json.encode({"id": "m1", "choices": [choice], "usage": usage})
        yield b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (
            kind,
            len(sent),
        )
        yield sent

    with LoopbackServer(handle) as server:
        client = Chimeric(mistral_api_key="k-0123456789", mistral_base_url=server.url)
        if not streamed:
            return client.generate("mistral-small-latest", "Tides?")
        stream = client.generate("mistral-small-latest", "Tides?", stream=True)
        for _ in stream:
            pass
        return stream.response


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
def test_content_parts_are_citations_files_and_what_nobody_knows(streamed):
    response = shown(streamed)
    assert (response.content, response.reasoning) == ("High tide is at noon.", "Hm. So.")
    texts = [part for part in response.parts if isinstance(part, TextPart)]
    told = [(c.source, c.url, c.title, c.text) for text in texts for c in text.citations]
    reference, page = ("0, doc-1", None, None, None), (None, "https://a.test", "Tides", "The moon.")
    assert told == [reference, reference, page]
    files = [part.part for part in response.parts if isinstance(part, GeneratedFile)]
    assert files == [
        ImagePart(url="https://a.test/a.png"),
        FilePart(file_id="f1", filename="a.csv"),
    ]
    (odd,) = [part for part in response.parts if isinstance(part, ServerToolChunk)]
    assert (odd.kind, odd.name, odd.status, odd.native) == (
        "other",
        "hologram",
        "completed",
        PARTS[-1],
    )


def test_only_models_that_chat_are_listed_and_each_once():
    cards = [
        {"id": "a", "capabilities": {"completion_chat": True}, "max_context_length": 8},
        {"id": "a", "capabilities": {"completion_chat": True}},
        {"id": "embed", "capabilities": {"completion_chat": False}},
        {"id": "b"},
    ]
    response = HTTPResponse(status=200, headers={}, body=msgspec.json.encode({"data": cards}))
    page = chimeric_parse_models(response, CONFIG)
    assert [(m.id, m.context_window) for m in page.models] == [("a", 8), ("b", None)]
