"""Unified requests to bodies, checked against the official SDK's types."""

from __future__ import annotations

import json
from typing import Any, get_args

import chimeric_cohere
import pytest

from chimeric import (
    FilePart,
    HTTPRequest,
    HTTPResponse,
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

cohere = pytest.importorskip("cohere", reason="the official SDK is the oracle")

DECLARED = chimeric_cohere.chimeric_provider()
CONFIG = ProviderConfig(name="cohere", base_url=DECLARED.base_url, declaration=DECLARED)
ROLES = {
    "system": cohere.SystemChatMessageV2,
    "user": cohere.UserChatMessageV2,
    "assistant": cohere.AssistantChatMessageV2,
    "tool": cohere.ToolChatMessageV2,
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = Tool(name="weather", description="Tells the weather", parameters=SCHEMA)
NEXT = Message("user", "go on")
NOW = Tool(name="now")


def build(*messages: Message, **params: Any) -> HTTPRequest:
    """Build a request and have the SDK's types check its messages and tools."""
    messages = messages or (Message("user", "hi"),)
    http = chimeric_cohere.chimeric_build_request(
        Request(model="command-a-03-2025", messages=messages, **params), CONFIG
    )
    assert http.body is not None
    for message in http.body["messages"]:
        model = ROLES[message["role"]]
        model.model_validate(message)
        assert set(message) <= set(model.model_fields)
    for tool in http.body.get("tools", ()):
        cohere.ToolV2.model_validate(tool)
    return http


def body(*messages: Message, **params: Any) -> Any:
    return build(*messages, **params).body


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.cohere.com/v2", "https://api.cohere.com/v2/chat"),
        ("http://proxy/cohere/v1", "http://proxy/cohere/v2/chat"),
        ("http://proxy/own", "http://proxy/own/chat"),
    ],
)
def test_the_version_is_never_doubled(base, url):
    config = ProviderConfig(name="cohere", base_url=base, declaration=DECLARED)
    request = Request(model="command-a-03-2025", messages=(Message("user", "a"),))
    assert chimeric_cohere.chimeric_build_request(request, config).url == url


def test_messages_keep_their_places():
    picture = ImagePart(data="AAAA", media_type="image/png", detail="low")
    sent = body(
        Message("system", "Be brief."),
        Message("user", (TextPart("see"), picture, ImagePart(url="https://a.test/b.png"))),
        Message("assistant", "ok"),
        Message("developer", "Be kind."),
        stream=True,
    )
    assert sent["stream"] is True
    assert [m["role"] for m in sent["messages"]] == ["system", "user", "assistant", "system"]
    assert sent["messages"][1]["content"] == [
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://a.test/b.png"}},
    ]


def test_a_file_is_refused_with_a_way_out():
    with pytest.raises(ModelNotSupportedError, match="documents"):
        build(Message("user", (FilePart(data="AAAA", media_type="application/pdf"),)))


CALLS = (ToolCall("c1", "weather", '{"city":"Rome"}'), ToolCall("c2", "now", ""))


def test_calls_and_their_results_go_as_citable_documents():
    sent = body(
        Message("user", "a"),
        Message("assistant", "", tool_calls=(*CALLS, ToolCall("c3", "add")), reasoning="Plan."),
        Message("tool", '{"sky":"blue"}', tool_call_id="c1"),
        Message("tool", "no clock", tool_call_id="c2", is_error=True),
        Message("tool", "4", tool_call_id="c3"),
    )["messages"]
    assert sent[1] == {
        "role": "assistant",
        "tool_plan": "Plan.",
        "tool_calls": [
            {
                "id": "c1",
                "type": "function",
                "function": {"name": "weather", "arguments": '{"city":"Rome"}'},
            },
            {"id": "c2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
            {"id": "c3", "type": "function", "function": {"name": "add", "arguments": "{}"}},
        ],
    }
    data = [m["content"][0]["document"]["data"] for m in sent[2:]]
    assert data == [{"sky": "blue"}, {"error": "no clock"}, {"content": "4"}]


def test_own_messages_are_sent_back_as_they_were():
    item = {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}]}
    state = ProviderState("cohere.chat_v2", [item])
    http = build(Message("user", "a"), Message("assistant", "x", state=state))
    assert http.body["messages"][1] == item
    assert http.dropped == ()


def test_state_of_another_provider_is_reported():
    state = ProviderState("anthropic.messages", [{}])
    http = build(Message("user", "a"), Message("assistant", "x", reasoning="r", state=state))
    assert "anthropic.messages" in http.dropped[0]
    assert http.body["messages"][1] == {"role": "assistant", "content": "x"}


@pytest.mark.parametrize(
    ("choice", "word", "names"),
    [
        (None, None, ["weather", "now"]),
        ("auto", None, ["weather", "now"]),
        ("none", "NONE", ["weather", "now"]),
        ("required", "REQUIRED", ["weather", "now"]),
        (ToolName("now"), "REQUIRED", ["now"]),
    ],
)
def test_a_named_tool_is_the_only_one_that_is_offered(choice, word, names):
    sent = body(tools=(WEATHER, NOW), tool_choice=choice)
    assert sent.get("tool_choice") == word
    assert word is None or word in get_args(get_args(cohere.V2ChatRequestToolChoice)[0])
    assert [tool["function"]["name"] for tool in sent["tools"]] == names
    assert all("parameters" in tool["function"] for tool in sent["tools"])


def test_one_strict_tool_makes_all_strict():
    assert body(tools=(Tool(name="now", strict=True),))["strict_tools"] is True


def test_parameters_have_coheres_names():
    form = ResponseFormat(schema=SCHEMA)
    sent = body(
        temperature=0.1,
        top_p=0.5,
        max_tokens=9,
        seed=1,
        stop=("END",),
        response_format=form,
        reasoning_effort="none",
        extra={"k": 3, "citation_options": {"mode": "FAST"}},
        extra_body={"seed": 2},
    )
    told = {name: sent[name] for name in sent if name not in ("model", "messages", "stream")}
    assert told == {
        "temperature": 0.1,
        "p": 0.5,
        "max_tokens": 9,
        "seed": 2,
        "stop_sequences": ["END"],
        "response_format": {"type": "json_object", "json_schema": SCHEMA},
        "thinking": {"type": "disabled"},
        "k": 3,
        "citation_options": {"mode": "FAST"},
    }
    cohere.Thinking.model_validate(sent["thinking"])


@pytest.mark.parametrize(
    ("kind", "sent"), [("text", {"type": "text"}), ("json_object", {"type": "json_object"})]
)
def test_a_format_without_a_schema(kind, sent):
    assert body(response_format=ResponseFormat(kind=kind))["response_format"] == sent


@pytest.mark.parametrize(("asked", "sent"), [(1.0, 0.99), (0.0, 0.01)])
def test_a_nucleus_out_of_bounds_is_clamped_and_reported(asked, sent):
    http = build(top_p=asked)
    assert http.body["p"] == sent
    assert "top_p" in http.dropped[0]


def test_what_cohere_cannot_do_is_reported():
    http = build(reasoning_effort="low", parallel_tool_calls=False, tools=(NOW,))
    assert http.body["thinking"] == {"type": "enabled"}
    assert len(http.dropped) == 2


def test_models_are_listed_at_v1_page_by_page():
    listed = chimeric_cohere.chimeric_list_models
    assert listed(CONFIG, None).url == (
        "https://api.cohere.com/v1/models?endpoint=chat&page_size=1000"
    )
    assert listed(CONFIG, "a/b").url.endswith("&page_token=a%2Fb")
    entry = {"name": "command-a-03-2025", "context_length": 256000.0, "features": None}
    data = json.dumps({"models": [entry, {}], "next_page_token": ""}).encode()
    page = chimeric_cohere.chimeric_parse_models(
        HTTPResponse(status=200, headers={}, body=data), CONFIG
    )
    assert [(m.id, m.context_window) for m in page.models] == [("command-a-03-2025", 256000)]
    assert page.cursor is None


@pytest.mark.parametrize(
    ("params", "gone"),
    [
        (
            {"tools": (WEATHER,), "response_format": ResponseFormat(schema=SCHEMA)},
            "response_format",
        ),
        (
            {
                "extra": {"documents": ["text"]},
                "response_format": ResponseFormat(kind="json_object"),
            },
            "response_format",
        ),
        (
            {"tools": (WEATHER,), "tool_choice": "none", "response_format": ResponseFormat()},
            "tools",
        ),
        ({"tools": (WEATHER,), "extra": {"safety_mode": "STRICT"}}, "safety_mode"),
        ({"extra": {"user": "u1"}}, "user"),
    ],
)
def test_of_what_cohere_does_not_take_together_one_is_left_out_and_told(params, gone):
    http = build(**params)
    assert gone not in http.body
    assert len(http.dropped) == 1


@pytest.mark.parametrize(
    ("model", "choice", "left"),
    [
        ("command-r-plus-08-2024", "required", {"tools"}),
        ("command-r-08-2024", "none", set()),
        ("command-r7b-12-2024", "required", {"tools", "tool_choice"}),
        ("command-of-tomorrow", "none", {"tools", "tool_choice"}),
    ],
)
def test_models_before_command_r7b_get_no_tool_choice(model, choice, left):
    request = Request(
        model=model, messages=(Message("user", "a"),), tools=(NOW,), tool_choice=choice
    )
    http = chimeric_cohere.chimeric_build_request(request, CONFIG)
    assert {"tools", "tool_choice"} & set(http.body) == left
    assert bool(http.dropped) == ("tool_choice" not in left)


def test_numbers_out_of_range_and_too_many_stops_are_brought_into_range_and_told():
    http = build(
        stop=tuple("abcdefg"), extra={"k": 900, "frequency_penalty": -1, "presence_penalty": 0.5}
    )
    assert http.body["stop_sequences"] == list("abcde")
    assert (http.body["k"], http.body["frequency_penalty"]) == (500, 0)
    assert http.body["presence_penalty"] == 0.5
    assert len(http.dropped) == 3


@pytest.mark.parametrize("part", [ImagePart(data="AAAA"), FilePart(data="AAAA")])
def test_a_system_message_with_more_than_text_is_refused(part):
    with pytest.raises(ModelNotSupportedError, match="system message"):
        build(Message("system", (TextPart("a"), part)), Message("user", "a"))


def test_a_system_message_keeps_parts_of_coheres_own_form():
    own = NativePart({"type": "text", "text": "b"})
    sent = body(Message("system", (TextPart("a"), own)), Message("user", "a"))
    assert sent["messages"][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]


def test_reasoning_without_calls_and_a_refusal_beside_text_are_not_lost_without_a_word():
    http = build(
        Message("user", "a"), Message("assistant", "b", reasoning="r", refusal="No."), NEXT
    )
    assert http.body["messages"][1]["content"] == [
        {"type": "text", "text": "b"},
        {"type": "text", "text": "No."},
    ]
    assert "reasoning" in http.dropped[0]


def test_the_plan_and_the_citations_of_a_dict_are_sent():
    extra = {"tool_plan": "Look.", "citations": [{"start": 0, "end": 1, "text": "b"}]}
    sent = body(Message("user", "a"), Message("assistant", "b", extra=extra))["messages"][1]
    assert {"tool_plan", "citations"} <= set(sent)
