"""Bodies of Responses as arguments of a call."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from chimeric_gateway.answering.same_protocol import arguments_of
from chimeric_gateway.protocols.responses import RESPONSES
from chimeric_gateway.refusal import Refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from .responses import ADD, CALL, OUTPUT, PATCH, read, refused


def test_what_no_other_protocol_has_is_left_out_and_named() -> None:
    asked = read(
        [{"type": "web_search_call", "id": "ws_1"}, {"role": "user", "content": "Hi"}],
        tools=[ADD, {"type": "web_search"}, {"type": "local_shell"}],
        truncation="auto",
        text={"verbosity": "low"},
        prompt_cache_key="k",
        brand_new=1,
    )
    assert [tool["name"] for tool in asked.arguments["tools"]] == ["add"]
    assert set(asked.left_out) == {
        "brand_new",
        "input[0] (web_search_call)",
        "prompt_cache_key",
        "text.verbosity",
        "tools[1] (web_search)",
        "tools[2] (local_shell)",
        "truncation",
    }


def test_parameters_are_the_unified_ones() -> None:
    schema = {"type": "object", "properties": {}}
    asked = read(
        max_output_tokens=50,
        temperature=0.5,
        top_p=1,
        tools=[ADD],
        parallel_tool_calls=False,
        tool_choice={"type": "function", "name": "add"},
        reasoning={"effort": "low", "summary": "auto"},
        text={"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True}},
        include=["message.output_text.logprobs"],
        top_logprobs=2,
        user="u1",
        stream=True,
        store=False,
    )
    told = {k: v for k, v in asked.arguments.items() if k not in ("messages", "tools")}
    assert told == {
        "max_tokens": 50,
        "temperature": 0.5,
        "top_p": 1,
        "parallel_tool_calls": False,
        "tool_choice": {"type": "function", "name": "add"},
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True},
        "logprobs": 2,
        "user": "u1",
    }
    assert asked.stream
    assert asked.left_out == ()


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "custom", "name": "patch"}, {"type": "function", "name": "patch"}),
        ({"type": "web_search"}, None),
        (
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "add"}, {"type": "web_search"}],
            },
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "add"}],
            },
        ),
    ],
)
def test_choices_of_tools(choice: Any, told: Any) -> None:
    asked = read(tools=[ADD, PATCH], tool_choice=choice)
    assert asked.arguments.get("tool_choice") == told


@pytest.mark.parametrize(
    ("status", "param", "body"),
    [
        (400, "input[0]", {"input": [{"type": "item_reference", "id": "msg_1"}]}),
        (404, "previous_response_id", {"previous_response_id": "resp_1"}),
        (404, "conversation", {"conversation": {"id": "conv_1"}}),
        (400, "background", {"background": True}),
        (400, "input", {"input": None}),
        (400, "input", {"input": []}),
        (400, "input", {"input": 5}),
        (400, "input[0]", {"input": [5]}),
        (400, "input[0].type", {"input": [{}]}),
        (400, "input[0].role", {"input": [{"role": "king", "content": "Hi"}]}),
        (400, "input[0].content", {"input": [{"role": "user"}]}),
        (
            400,
            "input[0].content[0].text",
            {"input": [{"role": "user", "content": [{"type": "input_text"}]}]},
        ),
        (
            400,
            "input[0].content[0].image_url",
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": 5}]}]},
        ),
        (400, "input", {"input": [OUTPUT]}),
        (400, "input", {"input": [CALL, OUTPUT, OUTPUT]}),
        (400, "input[0].call_id", {"input": [{**CALL, "call_id": None}]}),
        (400, "input[0].name", {"input": [{**CALL, "name": ""}]}),
        (400, "input[0].arguments", {"input": [{**CALL, "arguments": 5}]}),
        (400, "model", {"model": None}),
        (400, "model", {"model": 5}),
        (400, "max_output_tokens", {"max_output_tokens": 0}),
        (400, "max_output_tokens", {"max_output_tokens": True}),
        (400, "temperature", {"temperature": "hot"}),
        (400, "temperature", {"temperature": 3}),
        (400, "stream", {"stream": "yes"}),
        (400, "tools", {"tools": {}}),
        (400, "tools[0]", {"tools": [5]}),
        (400, "tools[0].type", {"tools": [{"name": "add"}]}),
        (400, "tools[0].name", {"tools": [{"type": "function"}]}),
        (400, "tools[1].name", {"tools": [ADD, ADD]}),
        (400, "tool_choice", {"tool_choice": "required"}),
        (400, "tool_choice", {"tools": [ADD], "tool_choice": {"type": "function", "name": "sub"}}),
        (400, "tool_choice", {"tools": [ADD], "tool_choice": "maybe"}),
        (400, "text.format.type", {"text": {"format": {"type": "yaml"}}}),
        (400, "text.format.schema", {"text": {"format": {"type": "json_schema"}}}),
        (400, "reasoning", {"reasoning": "high"}),
        (400, "reasoning.effort", {"reasoning": {"effort": 5}}),
        (400, "top_logprobs", {"top_logprobs": 21}),
        (400, "instructions", {"instructions": 5}),
    ],
)
def test_what_cannot_be_said_names_the_field(status: int, param: str, body: Any) -> None:
    refusal = refused(
        **{"given": "Hi", **({"given": body["input"]} if "input" in body else {})},
        **{k: v for k, v in body.items() if k != "input"},
    )
    assert (refusal.status, refusal.param) == (status, param)


def test_a_body_of_codex_is_read() -> None:
    body = {
        "model": "fast",
        "instructions": "You are Codex.",
        "input": [
            {
                "type": "message",
                "role": "developer",
                "content": [{"type": "input_text", "text": "sandbox"}],
            },
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "fix it"}],
            },
            {"type": "reasoning", "summary": [], "encrypted_content": "gAAAA", "content": None},
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "On it."}],
            },
            {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "call_1"},
            {"type": "function_call_output", "call_id": "call_1", "output": '{"output":"ok"}'},
            {
                "type": "custom_tool_call",
                "call_id": "call_2",
                "name": "patch",
                "input": "x",
                "status": "completed",
            },
            {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"},
            {
                "type": "local_shell_call",
                "call_id": "call_3",
                "status": "completed",
                "action": {"type": "exec", "command": ["ls"]},
            },
        ],
        "tools": [
            ADD,
            PATCH,
            {"type": "local_shell"},
            {"type": "web_search", "external_web_access": False},
        ],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "medium", "summary": "auto"},
        "store": False,
        "stream": True,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "0199",
        "text": {"verbosity": "medium"},
        "client_metadata": {"x": "y"},
    }
    kept = copy.deepcopy(body)
    asked = RESPONSES.read(body)
    assert [m.role for m in asked.arguments["messages"]] == [
        *("system", "developer", "user", "assistant", "tool", "assistant", "tool"),
    ]
    same = arguments_of(asked, "responses", "openai")
    assert [tool["type"] for tool in same["tools"]] == [
        *("function", "custom", "local_shell", "web_search"),
    ]
    assert same["extra_body"]["client_metadata"] == {"x": "y"}
    assert body == kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
BODY: dict[str, Any] = {
    "model": "fast",
    "input": [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Hi"},
                {"type": "input_image", "image_url": "https://e.com/a.png"},
            ],
        },
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
        CALL,
        OUTPUT,
    ],
    "tools": [ADD, PATCH],
    "tool_choice": {
        "type": "allowed_tools",
        "mode": "auto",
        "tools": [{"type": "function", "name": "add"}],
    },
    "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}},
    "reasoning": {"effort": "low"},
    "include": [],
    "instructions": "Be kind.",
}


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [at, *(place for key, item in inner for place in places(item, (*at, key)))]


@settings(max_examples=300, deadline=None)
@given(place=st.sampled_from(places(BODY)[1:]), value=JSON)
def test_a_value_of_any_kind_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    body = copy.deepcopy(BODY)
    inside: Any = body
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    given = msgspec.json.encode(body)
    refusal: Refusal | None = None
    try:
        asked = RESPONSES.read(body)
        arguments_of(asked, "responses", "openai")
    except Refusal as error:
        refusal = error
    assert refusal is None or (refusal.status in (400, 404) and refusal.message)
    assert msgspec.json.encode(body) == given
