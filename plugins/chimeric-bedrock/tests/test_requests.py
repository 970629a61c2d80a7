"""Requests: one rule a test, and every body against botocore's own validation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

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

TOOL = Tool(
    name="capital",
    description="The capital.",
    parameters={"type": "object", "properties": {"country": {"type": "string"}}},
)
CALL = ToolCall("tooluse_1", "capital", '{"country":"UK"}')
PNG = base64.b64encode(b"\x89PNG").decode()
PDF = base64.b64encode(b"%PDF-1.7").decode()
SIGNED = [
    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
    {"reasoningContent": {"redactedContent": PNG}},
    {"toolUse": {"toolUseId": "tooluse_1", "name": "capital", "input": {"country": "UK"}}},
]

CONVERSATIONS: dict[str, tuple[Message, ...]] = {
    "text": (Message("system", "Be brief."), Message("user", "Hi")),
    "cache point": (
        Message("system", (TextPart("Long."), NativePart({"cachePoint": {"type": "default"}}))),
        Message("user", "Hi"),
    ),
    "media": (
        Message(
            "user",
            (
                TextPart("Look:"),
                ImagePart(data=PNG, media_type="image/png"),
                ImagePart(url="s3://bucket/a.jpg", media_type="image/jpeg"),
                FilePart(data=PDF, filename="the_report.2026.pdf"),
                FilePart(data=PNG, media_type="text/x-python"),
                FilePart(data=PNG, media_type="video/quicktime"),
                AudioPart(data=PNG, media_type="audio/wav"),
            ),
        ),
    ),
    "tools": (
        Message("user", "Capitals?"),
        Message("assistant", "Looking.", tool_calls=(CALL, ToolCall("t:2", "capital", ""))),
        Message("tool", "London", tool_call_id="tooluse_1", name="capital"),
        Message("tool", "", tool_call_id="t:2", is_error=True),
        Message("user", "And France?"),
    ),
    "reasoning echoed": (
        Message("user", "Capitals?"),
        Message("assistant", state=ProviderState("bedrock.converse", SIGNED)),
        Message(
            "tool",
            (TextPart("London"), ImagePart(data=PNG, media_type="image/png")),
            tool_call_id="tooluse_1",
        ),
    ),
    "another provider's turn": (
        Message("user", "Hi"),
        Message("assistant", "Yo", state=ProviderState("openai.responses", [{}])),
        Message("user", "Bye"),
    ),
}


@pytest.fixture(scope="module")
def operation() -> Any:
    session = botocore.session.get_session()
    return session.get_service_model("bedrock-runtime").operation_model("ConverseStream")


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("model", ["us.anthropic.claude-sonnet-4-6-v1:0", "mistral.large-v1:0"])
def test_bodies_pass_the_validation_of_botocore(
    build: Build, operation: Any, name: str, model: str
) -> None:
    http = build(
        *CONVERSATIONS[name],
        model=model,
        stream=True,
        tools=(TOOL,),
        tool_choice="required",
        parallel_tool_calls=False,
        temperature=0.5,
        top_p=0.9,
        max_tokens=5000,
        stop=("END",),
        reasoning_effort="high",
        response_format=ResponseFormat(schema={"type": "object", "properties": {}}),
    )
    report = ParamValidator().validate({"modelId": model, **body(http)}, operation.input_shape)
    assert not report.has_errors(), report.generate_report()


def body(http: HTTPRequest) -> Mapping[str, Any]:
    assert http.body is not None
    return http.body


def test_a_plain_question_is_a_plain_body(build: Build) -> None:
    http = build(Message("system", "Be brief."), Message("user", "Hi"), stream=True)
    assert http.url.endswith(
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream"
    )
    assert http.headers["accept"] == "application/vnd.amazon.eventstream"
    assert body(http) == {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
        "system": [{"text": "Be brief."}],
    }
    assert build().url.endswith("/converse")


def test_results_stand_together_before_what_the_user_says(build: Build) -> None:
    http = build(*CONVERSATIONS["tools"], tools=(TOOL,))
    messages = body(http)["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert [next(iter(b)) for b in messages[2]["content"]] == ["toolResult", "toolResult", "text"]
    first, second = (b["toolResult"] for b in messages[2]["content"][:2])
    assert first == {"toolUseId": "tooluse_1", "content": [{"text": "London"}]}
    assert second["status"] == "error"
    assert second["content"], "the list must not be empty"


def test_a_status_is_sent_only_to_families_that_take_it(build: Build) -> None:
    messages = body(build(*CONVERSATIONS["tools"], model="meta.llama-v1:0"))["messages"]
    assert "status" not in messages[2]["content"][1]["toolResult"]


def test_opaque_content_is_sent_back_as_it_came(build: Build) -> None:
    http = build(*CONVERSATIONS["reasoning echoed"])
    assert body(http)["messages"][1]["content"] == SIGNED
    assert http.dropped == ()


def test_opaque_content_of_another_protocol_is_reported(build: Build) -> None:
    assert "openai.responses" in build(*CONVERSATIONS["another provider's turn"]).dropped[0]


def test_calls_in_the_history_bring_their_tools(build: Build) -> None:
    config = body(build(*CONVERSATIONS["reasoning echoed"]))["toolConfig"]
    assert [t["toolSpec"]["name"] for t in config["tools"]] == ["capital"]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        (ToolName("capital"), {"tool": {"name": "capital"}}),
    ],
)
def test_tool_choice(build: Build, choice: Any, sent: Any) -> None:
    assert body(build(tools=(TOOL,), tool_choice=choice))["toolConfig"].get("toolChoice") == sent


def test_no_tool_at_all_is_the_choice_none(build: Build) -> None:
    http = build(tools=(TOOL,), tool_choice="none")
    assert "toolConfig" not in body(http)
    assert http.dropped == ()
    later = build(*CONVERSATIONS["tools"], tools=(TOOL,), tool_choice="none")
    assert "toolConfig" in body(later)
    assert "none" in later.dropped[0]


def test_parallel_calls_are_switched_off_where_there_is_a_switch(build: Build) -> None:
    claude = build(tools=(TOOL,), parallel_tool_calls=False, tool_choice="required")
    assert body(claude)["additionalModelRequestFields"]["tool_choice"] == {
        "type": "any",
        "disable_parallel_tool_use": True,
    }
    assert build(model="amazon.nova-pro-v1:0", tools=(TOOL,), parallel_tool_calls=False).dropped


def test_mistral_gets_ids_of_nine_characters(build: Build) -> None:
    http = build(*CONVERSATIONS["tools"], model="mistral.mistral-large-v1:0")
    answer, results = body(http)["messages"][1:]
    made = [b["toolUse"]["toolUseId"] for b in answer["content"] if "toolUse" in b]
    used = [b["toolResult"]["toolUseId"] for b in results["content"] if "toolResult" in b]
    assert made == used
    assert all(len(i) == 9 and i.isalnum() for i in made)


def test_foreign_ids_are_made_acceptable(build: Build) -> None:
    call = ToolCall("call|" + "x" * 80, "f")
    content = body(build(Message("assistant", "", tool_calls=(call,))))["messages"][0]["content"]
    assert content[0]["toolUse"]["toolUseId"] == ("call_" + "x" * 80)[:64]


@pytest.mark.parametrize(
    "part",
    [
        ImagePart(url="https://example.test/a.png", media_type="image/png"),
        ImagePart(data=PNG, media_type="image/tiff"),
        FilePart(data=PNG, media_type="application/zip"),
        FilePart(file_id="file_1", media_type="application/pdf"),
    ],
)
def test_what_cannot_be_sent_is_refused(build: Build, part: Any) -> None:
    with pytest.raises(ModelNotSupportedError):
        build(Message("user", (part,)))


def test_documents_have_names_of_their_own(build: Build) -> None:
    part = FilePart(data=PDF, media_type="application/pdf", filename="a_b.pdf")
    unnamed = FilePart(data=PDF, media_type="application/pdf")
    content = body(build(Message("user", (part, part, unnamed, TextPart("What?")))))
    blocks = content["messages"][0]["content"][:3]
    assert [b["document"]["name"] for b in blocks] == ["a b 1", "a b 2", "Document 3"]


@pytest.mark.parametrize(
    ("model", "effort", "fields", "level"),
    [
        (
            "us.anthropic.claude-sonnet-4-5-v1:0",
            "medium",
            {"thinking": {"type": "enabled", "budget_tokens": 8192}},
            None,
        ),
        ("anthropic.claude-opus-4-6-v1", "low", {"thinking": {"type": "adaptive"}}, "low"),
        ("openai.gpt-oss-120b-1:0", "high", None, "high"),
        ("anthropic.claude-sonnet-4-5-v1:0", "none", None, None),
        ("anthropic.claude-3-haiku-v1:0", "high", None, None),
    ],
)
def test_reasoning_effort(
    build: Build, model: str, effort: str, fields: Any, level: str | None
) -> None:
    sent = body(build(model=model, reasoning_effort=effort))
    assert sent.get("additionalModelRequestFields") == fields
    assert sent.get("outputConfig", {}).get("effort") == level


def test_a_thinking_budget_leaves_room_for_the_answer(build: Build) -> None:
    assert body(build(reasoning_effort="low"))["inferenceConfig"] == {"maxTokens": 2048 + 8192}
    small = build(reasoning_effort="low", max_tokens=100)
    assert "additionalModelRequestFields" not in body(small)
    assert small.dropped


def test_a_schema_travels_as_text(build: Build) -> None:
    given = {"type": "object", "properties": {}}
    schema = {**given, "additionalProperties": False, "required": []}
    form = ResponseFormat(schema=given, name="answer")
    sent = body(build(response_format=form))["outputConfig"]["textFormat"]["structure"]
    assert json.loads(sent["jsonSchema"]["schema"]) == schema
    assert sent["jsonSchema"]["name"] == "answer"


def test_what_has_no_counterpart_is_reported(build: Build) -> None:
    http = build(seed=7, response_format=ResponseFormat(kind="json_object"))
    assert [sentence.split(":")[0] for sentence in http.dropped] == ["response_format", "seed"]


def test_other_parameters_travel_as_they_are_and_extra_body_wins(build: Build) -> None:
    http = build(extra={"serviceTier": {"type": "flex"}}, extra_body={"serviceTier": None})
    assert body(http)["serviceTier"] is None
