"""Dicts are read key by key: what they say is sent, or told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from chimeric import ConfigurationError, Tool, ToolRegistrationError, TranslationError

from .served import PROVIDERS, ask

MARK = {"type": "ephemeral"}
ALL = sorted(PROVIDERS)
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}


def said(body: Any) -> str:
    return msgspec.json.encode(body).decode()


def part(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


@pytest.mark.parametrize("provider", ALL)
@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_a_text_with_other_keys_is_sent_as_text(provider: str, role: str) -> None:
    content = [part("You are a pirate.", cache_control=MARK), part("Arr.")]
    talk = [{"role": role, "content": content}, {"role": "user", "content": "Hello"}]
    if role == "assistant":
        talk.insert(0, {"role": "user", "content": "Hi"})
    sent = ask(PROVIDERS[provider], talk)
    assert "You are a pirate." in said(sent.body)
    assert "Arr." in said(sent.body)
    assert "cache" in said(sent.body) or any("cache_control" in told for told in sent.told)


def test_a_text_with_a_cache_point_keeps_its_place_and_its_message() -> None:
    content = [part("A long document", cache_control=MARK), part("What does it say?")]
    talk = [{"role": "user", "content": content}]
    [item] = ask(PROVIDERS["openai"], talk).body["input"]
    assert [piece["text"] for piece in item["content"]] == ["A long document", "What does it say?"]
    [turn] = ask(PROVIDERS["google"], talk).body["contents"]
    assert turn["parts"] == [{"text": "A long document"}, {"text": "What does it say?"}]


@pytest.mark.parametrize("provider", ALL)
def test_a_key_that_nobody_knows_is_told_or_sent(provider: str) -> None:
    talk = [
        {"role": "user", "content": [part("Hello", wibble=7)], "wobble": {"deep": [1]}},
        {"role": "assistant", "content": None, "tool_calls": [call(wubble="x")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "12", "wabble": 3},
    ]
    tool = {"name": "now", "description": "d", "parameters": SCHEMA, "webble": 4}
    sent = ask(PROVIDERS[provider], talk, tools=[tool])
    for key in ("wibble", "wobble", "wubble", "wabble", "webble"):
        assert key in said(sent.body) or any(key in told for told in sent.told), key


def call(**more: Any) -> dict[str, Any]:
    function = {"name": "now", "arguments": "{}"}
    return {"id": "call_1", "type": "function", "function": function, **more}


def test_a_key_that_is_lost_is_an_error_where_nothing_may_be() -> None:
    talk = [{"role": "user", "content": [part("Hello", wibble=7)]}]
    with pytest.raises(TranslationError, match="wibble"):
        ask(PROVIDERS["google"], talk, strict=True)


def lost_points(talk: list[dict[str, Any]], **more: Any) -> list[str]:
    """Where the points stood that Anthropic's limit of four left out, as it is told."""
    told = ask(PROVIDERS["anthropic"], talk, **more).told
    return [sentence for sentence in told if "the key 'cache_control' of" in sentence]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, "messages[0].content[0]"),
        ({"tools": [{"name": "now", "input_schema": SCHEMA, "cache_control": MARK}]}, "'now'"),
    ],
    ids=["system", "tool"],
)
def test_the_cache_point_that_is_one_too_many_is_named(more: Any, place: str) -> None:
    """All points are equal: the place is that of the one that is missing."""
    points = 4 - len(more)
    talk = [
        {"role": "system", "content": [part("Rules.", cache_control=MARK)]},
        {"role": "user", "content": [part(f"{n}", cache_control=MARK) for n in range(points)]},
    ]
    [sentence] = lost_points(talk, **more)
    assert place in sentence


def test_cache_points_that_are_one_object_are_as_many_as_were_written() -> None:
    talk = [{"role": "user", "content": [part(f"{n}", cache_control=MARK) for n in range(7)]}]
    assert [sentence.split()[5] for sentence in lost_points(talk)] == [
        f"messages[0].content[{n}]" for n in range(3)
    ]


def test_keys_of_anthropics_own_forms_are_sent_there() -> None:
    tool = {"name": "now", "input_schema": SCHEMA, "cache_control": MARK, "defer_loading": True}
    use = {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}, "cache_control": MARK}
    answer = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12"}
    talk = [
        {"role": "user", "content": "x", "cache_control": MARK},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [{**answer, "cache_control": MARK}]},
    ]
    sent = ask(PROVIDERS["anthropic"], talk, tools=[tool])
    assert sent.told == []
    assert sent.body["tools"][0]["cache_control"] == MARK
    assert sent.body["tools"][0]["defer_loading"] is True
    for turn in sent.body["messages"]:
        assert turn["content"][-1]["cache_control"] == MARK


@pytest.mark.parametrize(
    ("model", "message", "key"),
    [
        (
            "openrouter:openai/gpt-4o",
            {"reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]},
            "reasoning_details",
        ),
        ("mistral:mistral-large-latest", {"prefix": True}, "prefix"),
        ("deepseek:deepseek-chat", {"prefix": True}, "prefix"),
        ("compatible:m", {"thinking_blocks": [{"type": "x"}]}, "thinking_blocks"),
    ],
)
def test_keys_of_a_servers_own_messages_are_sent_there(
    model: str, message: dict[str, Any], key: str
) -> None:
    talk = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y", **message}]
    sent = ask(model, talk)
    assert sent.body["messages"][-1][key] == message[key]
    assert sent.told == []


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user"},
        {"role": "user", "parts": 5},
        {"role": "user", "text": "What is 2+2?"},
        {"role": "user", "contents": "What is 2+2?"},
        {"role": "system", "message": "s"},
    ],
    ids=lambda message: "-".join(message),
)
def test_a_message_that_says_nothing_is_an_error_that_names_it(message: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[1\].*content"):
        ask(PROVIDERS["anthropic"], [{"role": "user", "content": "Hi"}, message])


# --- tools --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "s", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}, "title": "S"},
        {"name": "s", "parameters_json_schema": SCHEMA},
        {"type": "function", "function": {"name": "s", "inputSchema": SCHEMA}},
        {"toolSpec": {"name": "s", "inputSchema": {"json": SCHEMA}}},
        {"name": "s", "parameters": {"type": "OBJECT", "properties": {"q": {"type": "STRING"}}}},
    ],
)
def test_tools_are_read_in_the_forms_of_others(tool: dict[str, Any]) -> None:
    sent = ask(PROVIDERS["openai"], tools=[tool])
    assert sent.body["tools"][0]["parameters"]["properties"] == SCHEMA["properties"]
    assert sent.told == []


@pytest.mark.parametrize("key", ["paramters", "schema", "args_schema", "input_shema"])
def test_a_schema_under_a_name_that_nobody_knows_is_an_error(key: str) -> None:
    with pytest.raises(ToolRegistrationError, match=key):
        ask(PROVIDERS["openai"], tools=[{"name": "s", key: SCHEMA}])


@pytest.mark.parametrize("provider", ["openai", "chat", "cohere", "mistral"])
@pytest.mark.parametrize(
    "schema",
    [{"type": "object"}, {}, {"properties": {"q": {"type": "string"}}}],
    ids=["object", "empty", "untyped"],
)
def test_a_tools_schema_is_completed_to_an_object_with_properties(
    provider: str, schema: Mapping[str, Any]
) -> None:
    body = ask(PROVIDERS[provider], tools=[Tool(name="help", parameters=schema)]).body
    [tool] = body["tools"]
    told = tool.get("function", tool)["parameters"]
    assert told["type"] == "object"
    assert "properties" in told


def test_a_schema_of_no_object_is_no_schema_of_a_tool() -> None:
    with pytest.raises(ToolRegistrationError, match="string"):
        ask(PROVIDERS["openai"], tools=[Tool(name="help", parameters={"type": "string"})])
