"""Requests: one rule a test, and every body against the SDK's own request types."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from anthropic.types import message_create_params
from pydantic import ConfigDict, TypeAdapter

from chimeric import (
    AudioPart,
    FilePart,
    HTTPRequest,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    ProviderState,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
    ToolName,
)

Build = Callable[..., HTTPRequest]

SDK: TypeAdapter[Any] = TypeAdapter(
    message_create_params.MessageCreateParams, config=ConfigDict(arbitrary_types_allowed=True)
)

TOOL = Tool(
    name="capital",
    description="The capital.",
    parameters={"type": "object", "properties": {"country": {"type": "string"}}},
)
SEARCH = Tool(name="web", native={"type": "web_search_20260318", "name": "web_search"})
CALL = ToolCall("toolu_1", "capital", '{"country":"UK"}')
PNG = base64.b64encode(b"\x89PNG").decode()
PDF = base64.b64encode(b"%PDF-1.7").decode()
THINKING = [
    {"type": "thinking", "thinking": "hm", "signature": "sig"},
    {"type": "redacted_thinking", "data": "opaque"},
    {"type": "text", "text": "  "},
    {"type": "tool_use", "id": "toolu_1", "name": "capital", "input": {"country": "UK"}},
]


def consume(value: Any) -> Any:
    """pydantic checks iterables when they are walked: walk all of them."""
    if isinstance(value, Mapping):
        return {name: consume(part) for name, part in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes)):
        return [consume(part) for part in value]
    return value


CONVERSATIONS: dict[str, tuple[Message, ...]] = {
    "text": (Message("system", "Be brief."), Message("user", "Hi")),
    "system blocks": (
        Message(
            "system",
            (
                NativePart(
                    {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}
                ),
            ),
        ),
        Message("user", "Hi"),
    ),
    "media": (
        Message(
            "user",
            (
                TextPart("Look:"),
                ImagePart(data=PNG, media_type="image/png"),
                ImagePart(url="https://example.test/a.png"),
                ImagePart(file_id="file_1"),
                FilePart(data=PDF, media_type="application/pdf", filename="a.pdf"),
                FilePart(data=base64.b64encode(b"words").decode(), media_type="text/plain"),
                FilePart(url="https://example.test/a.pdf"),
                FilePart(file_id="file_2"),
            ),
        ),
    ),
    "tools": (
        Message("user", "Capitals?"),
        Message("assistant", "Looking.", tool_calls=(CALL, ToolCall("toolu_2", "capital", ""))),
        Message("tool", "London", tool_call_id="toolu_1", name="capital"),
        Message("tool", "no such country", tool_call_id="toolu_2", is_error=True),
        Message("user", "And France?"),
    ),
    "tool result with a picture": (
        Message("user", "Draw."),
        Message("assistant", "", tool_calls=(CALL,)),
        Message(
            "tool",
            (TextPart("Here:"), ImagePart(data=PNG, media_type="image/png")),
            tool_call_id="toolu_1",
        ),
    ),
    "thinking echoed": (
        Message("user", "Capitals?"),
        Message("assistant", state=ProviderState("anthropic.messages", THINKING)),
        Message("tool", "London", tool_call_id="toolu_1"),
    ),
    "another provider's turn": (
        Message("user", "Hi"),
        Message("assistant", "Yo", reasoning="hm", state=ProviderState("openai.responses", [{}])),
        Message("user", "Bye"),
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("streaming", [True, False])
def test_bodies_fit_the_types_of_the_sdk(build: Build, name: str, streaming: bool) -> None:
    http = build(
        *CONVERSATIONS[name],
        stream=streaming,
        tools=(
            TOOL,
            Tool(name="web", native={"type": "web_search_20260209", "name": "web_search"}),
        ),
        tool_choice="required",
        parallel_tool_calls=False,
        stop=("END",),
        reasoning_effort="high",
        model="claude-opus-4-6",
        response_format=ResponseFormat(schema={"type": "object", "properties": {}}),
    )
    consume(SDK.validate_python(http.body))


def body(http: HTTPRequest) -> Mapping[str, Any]:
    assert http.body is not None
    return http.body


def test_a_plain_question_is_a_plain_body(build: Build) -> None:
    http = build(Message("system", "Be brief."), Message("user", "Hi"), stream=True)
    assert http.url == "https://api.anthropic.com/v1/messages"
    assert http.headers == {"anthropic-version": "2026-10-21"}
    assert body(http) == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 64_000,
        "stream": True,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Hi"}],
    }
    assert http.dropped == ()


def test_a_plain_answer_is_limited_to_what_arrives_in_time(build: Build) -> None:
    assert body(build())["max_tokens"] == 21_333
    assert body(build(max_tokens=50))["max_tokens"] == 50


def test_sampling_goes_with_the_old_version_to_old_models_only(build: Build) -> None:
    old = build(temperature=0.5, model="claude-haiku-4-5")
    assert old.headers["anthropic-version"] == "2023-06-01"
    assert body(old)["temperature"] == 0.5
    new = build(temperature=0.5, top_p=0.9, model="claude-opus-4-7")
    assert new.headers["anthropic-version"] == "2026-10-21"
    assert not {"temperature", "top_p"} & body(new).keys()
    assert len(new.dropped) == 2
    assert build(extra={"top_k": 4}).headers["anthropic-version"] == "2023-06-01"


def test_results_stand_first_and_together_before_what_the_user_says(build: Build) -> None:
    messages = body(build(*CONVERSATIONS["tools"]))["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert [b["type"] for b in messages[1]["content"]] == ["text", "tool_use", "tool_use"]
    assert messages[1]["content"][2]["input"] == {}
    assert [b["type"] for b in messages[2]["content"]] == ["tool_result", "tool_result", "text"]
    assert messages[2]["content"][1]["is_error"] is True


def test_opaque_content_is_sent_back_as_it_came(build: Build) -> None:
    http = build(*CONVERSATIONS["thinking echoed"])
    assert body(http)["messages"][1]["content"] == [i for i in THINKING if i["type"] != "text"]
    assert http.dropped == ()


def test_a_toolset_name_is_repeated_in_the_result(build: Build) -> None:
    call = {"type": "tool_use", "id": "t1", "name": "click", "input": {}, "toolset_name": "browser"}
    http = build(
        Message("user", "Go"),
        Message("assistant", state=ProviderState("anthropic.messages", [call])),
        Message("tool", "done", tool_call_id="t1"),
    )
    assert body(http)["messages"][2]["content"][0]["toolset_name"] == "browser"


def test_opaque_content_of_another_protocol_is_reported(build: Build) -> None:
    assert "openai.responses" in build(*CONVERSATIONS["another provider's turn"]).dropped[0]


def test_arguments_that_are_no_object_are_shown_to_the_model(build: Build) -> None:
    call = ToolCall("t", "f", '{"a":')
    content = body(build(Message("assistant", "", tool_calls=(call,))))["messages"][0]["content"]
    assert content[0]["input"] == {"invalid_json": '{"a":'}


def test_foreign_call_ids_are_made_acceptable_on_both_sides(build: Build) -> None:
    call = ToolCall("functions.f:0", "f")
    http = build(
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "1", tool_call_id="functions.f:0"),
    )
    answer, result = body(http)["messages"]
    assert answer["content"][0]["id"] == result["content"][0]["tool_use_id"] == "functions_f_0"


@pytest.mark.parametrize(
    "part",
    [
        AudioPart(data="AAAA", media_type="audio/wav"),
        ImagePart(data="AAAA", media_type="image/tiff"),
        FilePart(data="AAAA", media_type="application/zip"),
    ],
)
def test_what_cannot_be_sent_is_refused(build: Build, part: Any) -> None:
    with pytest.raises(ModelNotSupportedError):
        build(Message("user", (part,)))


def test_a_picture_in_an_assistant_message_is_refused(build: Build) -> None:
    with pytest.raises(ModelNotSupportedError, match="not image"):
        build(Message("assistant", (ImagePart(data=PNG, media_type="image/png"),)))


@pytest.mark.parametrize(
    ("params", "choice"),
    [
        ({}, None),
        ({"tool_choice": "auto"}, {"type": "auto"}),
        ({"tool_choice": "none", "parallel_tool_calls": False}, {"type": "none"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": ToolName("capital")}, {"type": "tool", "name": "capital"}),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"parallel_tool_calls": True}, None),
    ],
)
def test_tool_choice(build: Build, params: dict[str, Any], choice: Any) -> None:
    assert body(build(tools=(TOOL,), **params)).get("tool_choice") == choice


@pytest.mark.parametrize(
    "params",
    [
        {"model": "claude-opus-5-5"},
        {"reasoning_effort": "high"},
        {"extra": {"thinking": {"type": "enabled", "budget_tokens": 2000}}},
    ],
)
def test_a_call_cannot_be_forced_everywhere(build: Build, params: dict[str, Any]) -> None:
    http = build(tools=(TOOL,), tool_choice="required", **params)
    assert "tool_choice" not in body(http)
    assert any("tool_choice" in sentence for sentence in http.dropped)


def test_tool_choice_without_tools_is_not_sent(build: Build) -> None:
    assert "tool_choice" not in body(build(tool_choice="auto"))


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "level", "reported"),
    [
        ("claude-sonnet-4-5", "medium", {"type": "enabled", "budget_tokens": 8192}, None, 0),
        ("claude-opus-4-5", "max", {"type": "enabled", "budget_tokens": 21_332}, "high", 1),
        ("claude-opus-4-6", "xhigh", "adaptive", "max", 1),
        ("claude-opus-4-7", "xhigh", "adaptive", "xhigh", 0),
        ("claude-haiku-5-5", "minimal", "adaptive", "low", 1),
        ("claude-sonnet-4-5", "none", None, None, 0),
        ("claude-opus-5", "none", {"type": "disabled"}, None, 0),
        ("claude-sonnet-5-5", "none", {"type": "between_tools"}, None, 0),
        ("claude-fable-5-2", "none", None, "low", 1),
        ("claude-3-5-haiku-latest", "high", None, None, 1),
    ],
)
def test_reasoning_effort_in_the_words_of_the_model(
    build: Build, model: str, effort: str, thinking: Any, level: str | None, reported: int
) -> None:
    if thinking == "adaptive":
        thinking = {"type": "adaptive", "display": "summarized"}
    http = build(model=model, reasoning_effort=effort)
    assert body(http).get("thinking") == thinking
    assert body(http).get("output_config", {}).get("effort") == level
    assert len(http.dropped) == reported


def test_thinking_needs_room(build: Build) -> None:
    http = build(reasoning_effort="high", max_tokens=500)
    assert "thinking" not in body(http)
    assert "max_tokens" in http.dropped[0]


def test_a_schema_is_closed_and_its_limits_are_told_in_words(build: Build) -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1, "description": "A number"}},
        "required": ["n"],
    }
    form = body(build(response_format=ResponseFormat(schema=schema)))["output_config"]["format"]
    assert form == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"n": {"type": "integer", "description": 'A number\n\n{"minimum":1}'}},
            "additionalProperties": False,
            "required": ["n"],
        },
    }


def test_what_has_no_counterpart_is_reported(build: Build) -> None:
    http = build(seed=7, response_format=ResponseFormat(kind="json_object"))
    assert [sentence.split(":")[0] for sentence in http.dropped] == ["response_format", "seed"]


def test_other_parameters_travel_as_they_are_and_extra_body_wins(build: Build) -> None:
    http = build(
        extra={"metadata": {"user_id": "u"}, "speed": "fast"}, extra_body={"speed": "standard"}
    )
    assert body(http)["metadata"] == {"user_id": "u"}
    assert body(http)["speed"] == "standard"


def test_betas_are_a_header(build: Build) -> None:
    http = build(options={"betas": ["a-1", "b-2"]})
    assert http.headers["anthropic-beta"] == "a-1,b-2"
