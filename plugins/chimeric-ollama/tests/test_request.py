"""Unified requests to bodies, checked against the official SDK's types."""

from __future__ import annotations

from typing import Any

import chimeric_ollama
import pytest

from chimeric import (
    FilePart,
    HTTPRequest,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    ProviderConfig,
    ProviderState,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

sdk = pytest.importorskip("ollama._types", reason="the official SDK is the oracle")

DECLARED = chimeric_ollama.chimeric_provider()
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
ADD = Tool(name="add", description="Adds", parameters=SCHEMA)
NOW = Tool(name="now")


def build(*messages: Message, base: str = "http://127.0.0.1:11434", **params: Any) -> HTTPRequest:
    """Build a request and have the SDK's types check that nothing in it is lost on them."""
    request = Request(model="qwen3", messages=messages or (Message("user", "hi"),), **params)
    config = ProviderConfig(name="ollama", base_url=base, declaration=DECLARED)
    http = chimeric_ollama.chimeric_build_request(request, config)
    assert http.body is not None
    for message in http.body["messages"]:
        assert set(message) <= set(sdk.Message.model_fields)
        known = {name: value for name, value in message.items() if name != "images"}
        assert sdk.Message.model_validate(known).model_dump(exclude_none=True) == known
    for tool in http.body.get("tools", ()):
        sdk.Tool.model_validate(tool)
    options = http.body.get("options", {})
    assert sdk.Options.model_validate(options).model_dump(exclude_none=True) == options
    return http


def body(*messages: Message, **params: Any) -> Any:
    return build(*messages, **params).body


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"logprobs": True}, {"logprobs": True}),
        ({"logprobs": 3}, {"logprobs": True, "top_logprobs": 3}),
        ({"logprobs": 3, "top_logprobs": 5}, {"logprobs": True, "top_logprobs": 5}),
    ],
)
def test_a_number_of_logprobs_is_one_of_alternatives(asked, sent):
    told = body(extra=asked)
    assert {name: value for name, value in told.items() if "logprobs" in name} == sent


def test_the_stream_switch_is_always_sent_since_its_default_is_true():
    assert body()["stream"] is False
    assert body(stream=True)["stream"] is True


@pytest.mark.parametrize("base", ["https://ollama.com", "https://ollama.com/api"])
def test_the_api_path_is_never_doubled(base):
    assert build(base=base).url == "https://ollama.com/api/chat"


def test_pictures_go_beside_the_text():
    parts = (TextPart("What is "), ImagePart(data="AAAA"), TextPart("this?"))
    sent = body(Message("developer", "Be brief."), Message("user", parts))["messages"]
    assert sent == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is this?", "images": ["AAAA"]},
    ]


@pytest.mark.parametrize(
    "part", [ImagePart(url="https://a.test/b.png"), FilePart(data="AAAA"), NativePart({"a": 1})]
)
def test_a_part_that_cannot_be_sent_is_an_error(part):
    with pytest.raises(ModelNotSupportedError):
        build(Message("user", (part,)))


def test_calls_have_objects_and_results_come_in_the_order_of_the_calls():
    calls = (ToolCall("a", "add", '{"x":2}'), ToolCall("b", "now", ""))
    sent = body(
        Message("user", "2+2?"),
        Message("assistant", "", tool_calls=calls, reasoning="Use add."),
        Message("tool", "noon", tool_call_id="b"),
        Message("tool", "4", tool_call_id="a"),
        Message("user", "thanks"),
    )["messages"]
    assert sent[1] == {
        "role": "assistant",
        "content": "",
        "thinking": "Use add.",
        "tool_calls": [
            {"function": {"name": "add", "arguments": {"x": 2}}},
            {"function": {"name": "now", "arguments": {}}},
        ],
    }
    assert sent[2:4] == [
        {"role": "tool", "tool_name": "add", "content": "4"},
        {"role": "tool", "tool_name": "now", "content": "noon"},
    ]


@pytest.mark.parametrize("arguments", ["[1]", "not json", "null"])
def test_arguments_are_always_an_object(arguments):
    call = ToolCall("a", "add", arguments)
    sent = body(Message("assistant", "", tool_calls=(call,)))["messages"]
    assert isinstance(sent[0]["tool_calls"][0]["function"]["arguments"], dict)


def test_state_of_another_provider_is_reported_and_its_reasoning_kept_back():
    state = ProviderState("openai.responses", [{}])
    message = Message("assistant", "x", (ToolCall("a", "now"),), reasoning="r", state=state)
    http = build(message)
    assert "openai.responses" in http.dropped[0]
    assert "thinking" not in http.body["messages"][0]


def test_parameters_go_into_the_options_also_those_of_ollamas_own():
    sent = body(
        temperature=0.2,
        top_p=0.9,
        max_tokens=256,
        seed=1,
        stop=("END",),
        extra={"num_ctx": 8192, "options": {"top_k": 3}, "keep_alive": "5m"},
    )
    assert sent["options"] == {
        "temperature": 0.2,
        "top_p": 0.9,
        "num_predict": 256,
        "seed": 1,
        "stop": ["END"],
        "top_k": 3,
        "num_ctx": 8192,
    }
    assert sent["keep_alive"] == "5m"
    assert "num_ctx" not in sent


@pytest.mark.parametrize(("effort", "think"), [("none", False), ("high", "high")])
def test_reasoning_effort_is_think(effort, think):
    assert body(reasoning_effort=effort)["think"] == think


def test_a_format_is_a_schema_or_json():
    assert body(response_format=ResponseFormat(schema=SCHEMA))["format"] == SCHEMA
    assert body(response_format=ResponseFormat(kind="json_object"))["format"] == "json"
    assert "format" not in body(response_format=ResponseFormat(kind="text"))


@pytest.mark.parametrize(
    ("choice", "names", "reported"),
    [
        (None, ["add", "now"], 0),
        ("auto", ["add", "now"], 0),
        ("none", None, 0),
        ("required", ["add", "now"], 1),
        (ToolName("now"), ["now"], 1),
    ],
)
def test_a_tool_choice_decides_what_is_offered(choice, names, reported):
    http = build(tools=(ADD, NOW), tool_choice=choice)
    tools = http.body.get("tools")
    assert (tools and [tool["function"]["name"] for tool in tools]) == names
    assert len(http.dropped) == reported


def test_a_missing_switch_is_reported_and_the_extra_body_wins():
    http = build(parallel_tool_calls=False, extra_body={"model": "other"})
    assert "parallel" in http.dropped[0]
    assert http.body["model"] == "other"
