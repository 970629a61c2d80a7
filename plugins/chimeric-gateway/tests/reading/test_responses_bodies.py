"""Bodies of Responses as arguments of a call."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from chimeric_gateway.answering.same_protocol import arguments_of
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocols.responses import RESPONSES
from chimeric_gateway.reading.responses.thoughts import labelled, packed
from chimeric_gateway.refusal import Refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeric import Message, ProviderState

CALL = {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": '{"x":1}'}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "2"}
ADD = {
    "type": "function",
    "name": "add",
    "description": "Adds",
    "parameters": {"type": "object", "properties": {"x": {"type": "integer"}}},
    "strict": None,
}
PATCH = {
    "type": "custom",
    "name": "patch",
    "description": "Patches",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"},
}


def read(given: Any = "Hi", **body: Any) -> Asked:
    return RESPONSES.read({"model": "fast", "input": given, **body})


def messages(given: Any, **body: Any) -> list[Message]:
    told: list[Message] = read(given, **body).arguments["messages"]
    return told


def refused(given: Any = "Hi", **body: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        read(given, **body)
    return raised.value


def test_a_text_is_a_message_of_the_user() -> None:
    assert messages("Hi", instructions="Be kind.") == [
        Message("system", "Be kind."),
        Message("user", "Hi"),
    ]


def test_messages_have_a_type_or_none_and_keep_their_order() -> None:
    told = messages(
        [
            {"role": "developer", "content": "Short."},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
            {
                "type": "message",
                "id": "msg_1",
                "status": "completed",
                "role": "assistant",
                "content": [
                    {"type": "output_text", "text": "Hello", "annotations": [{"x": 1}]},
                    {"type": "refusal", "refusal": "No."},
                ],
            },
            {"role": "system", "content": "Now in French."},
        ]
    )
    assert [(m.role, m.text, m.refusal) for m in told] == [
        ("developer", "Short.", None),
        ("user", "Hi", None),
        ("assistant", "Hello", "No."),
        ("system", "Now in French.", None),
    ]


def test_items_of_one_turn_are_one_message_with_its_results_behind_it() -> None:
    second = {**CALL, "call_id": "call_2"}
    told = messages(
        [
            {"role": "user", "content": "Add"},
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm"}],
            },
            {"role": "assistant", "content": "I add."},
            CALL,
            second,
            OUTPUT,
            {"role": "user", "content": "Well?"},
            {**OUTPUT, "call_id": "call_2", "output": [{"type": "input_text", "text": "3"}]},
        ]
    )
    assert [m.role for m in told] == ["user", "assistant", "tool", "tool", "user"]
    assert (told[1].text, told[1].reasoning) == ("I add.", "Hm")
    assert [(c.id, c.name, c.arguments) for c in told[1].tool_calls] == [
        ("call_1", "add", '{"x":1}'),
        ("call_2", "add", '{"x":1}'),
    ]
    assert [(m.tool_call_id, m.name, m.text) for m in told[2:4]] == [
        ("call_1", "add", "2"),
        ("call_2", "add", "3"),
    ]


def test_pictures_and_files_are_read() -> None:
    (told,) = messages(
        [
            {
                "role": "user",
                "content": [
                    {"type": "input_image", "image_url": "https://example.com/a.png"},
                    {
                        "type": "input_file",
                        "filename": "a.pdf",
                        "file_data": "data:application/pdf;base64,AA==",
                    },
                ],
            }
        ]
    )
    picture, file = told.parts
    assert picture.url == "https://example.com/a.png"  # type: ignore[union-attr]
    assert (file.data, file.filename) == ("AA==", "a.pdf")  # type: ignore[union-attr]


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


def test_a_tool_of_free_text_becomes_a_function_that_names_its_grammar() -> None:
    call = {"type": "custom_tool_call", "call_id": "call_1", "name": "patch", "input": "a\nb"}
    output = {**OUTPUT, "type": "custom_tool_call_output"}
    asked = read([{"role": "user", "content": "Hi"}, call, output], tools=[PATCH])
    (tool,) = asked.arguments["tools"]
    assert tool["type"] == "function"
    assert "start: WORD" in tool["description"]
    assert list(tool["parameters"]["properties"]) == ["input"]
    assert asked.arguments["messages"][1].tool_calls[0].arguments == '{"input":"a\\nb"}'


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


def test_what_a_provider_encrypted_goes_to_that_provider_alone() -> None:
    def kept(content: str, upstream: str, provider: str) -> list[ProviderState | None]:
        thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": content}
        asked = read([{"role": "user", "content": "Hi"}, thought, CALL, OUTPUT])
        told = arguments_of(asked, upstream, provider)["messages"]
        return [m.state for m in told if m.role == "assistant"]

    (state,) = kept("gAAAA", "responses", "openai")
    assert state is not None
    assert [item["type"] for item in state.items] == ["reasoning", "function_call"]
    assert kept("gAAAA", "responses", "grok") == [None]
    assert kept("gAAAA", "messages", "anthropic") == [None]
    (state,) = kept(labelled("xai.responses", "c2Vj"), "responses", "grok")
    assert state is not None
    assert (state.api, state.items[0]["encrypted_content"]) == ("xai.responses", "c2Vj")
    assert kept(labelled("xai.responses", "c2Vj"), "responses", "openai") == [None]


def test_a_turn_that_was_packed_comes_back_as_it_was() -> None:
    state = ProviderState("anthropic.messages", [{"type": "thinking", "signature": "s"}])
    text = packed(state)
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": text}
    told = messages([{"role": "user", "content": "Hi"}, CALL, thought, OUTPUT])
    assert told[1].state == state
    assert packed(ProviderState("openai.responses", [{"type": "message"}])) is None


def test_items_of_an_upstream_of_responses_pass_whole() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    said = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "phase": "commentary",
        "content": [{"type": "output_text", "text": "Hm."}],
    }
    shell = {"type": "shell_call_output", "call_id": "call_9", "output": []}
    asked = read(
        [{"role": "user", "content": "Hi"}, search, said, shell],
        text={"verbosity": "low"},
        tools=[PATCH, {"type": "web_search"}],
        tool_choice={"type": "web_search"},
        service_tier="flex",
    )
    told = arguments_of(asked, "responses", "openai")
    assert told["messages"][1].state == ProviderState("openai.responses", [search, said])
    assert told["messages"][2].parts[0].value == shell
    assert told["tools"] == [PATCH, {"type": "web_search"}]
    assert told["text"] == {"verbosity": "low"}
    assert told["extra_body"] == {"service_tier": "flex", "tool_choice": {"type": "web_search"}}


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
