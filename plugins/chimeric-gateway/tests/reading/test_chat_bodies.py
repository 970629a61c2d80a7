"""Bodies of chat completions: what is read, what is left out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocols.chat_completions import CHAT_COMPLETIONS
from chimeric_gateway.refusal import Refusal

HI = {"role": "user", "content": "Hi"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object"}},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}


def read(**body: Any) -> Asked:
    return CHAT_COMPLETIONS.read({"model": "fast", "messages": [HI], **body})


def messages(*said: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(messages=list(said)).arguments["messages"]
    return found


def refused(**body: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(**body)
    assert caught.value.status == 400
    return caught.value


def test_a_plain_body_is_read() -> None:
    asked = read(temperature=0, top_p=0.5, max_tokens=9, seed=1, stop="END", stream=True)
    assert (asked.protocol, asked.model, asked.stream, asked.usage) == (
        "chat_completions",
        "fast",
        True,
        False,
    )
    assert asked.arguments == {
        "messages": [HI],
        "temperature": 0,
        "top_p": 0.5,
        "max_tokens": 9,
        "seed": 1,
        "stop": ("END",),
    }
    assert asked.left_out == ()


def test_the_newer_limit_of_tokens_wins() -> None:
    assert read(max_tokens=5, max_completion_tokens=9).arguments["max_tokens"] == 9


def test_usage_is_wanted_where_it_is_asked_for() -> None:
    assert read(stream=True, stream_options={"include_usage": True}).usage
    assert not read(stream=True, stream_options={"include_usage": False}).usage


def test_unknown_fields_are_left_out_by_name_and_never_refused() -> None:
    asked = read(store=True, metadata={"a": 1}, frequency_penalty=0.5, foo=[1], bar=None)
    assert asked.left_out == ("store", "metadata", "frequency_penalty", "foo")
    assert asked.arguments == {"messages": [HI]}


def test_arguments_of_the_client_library_are_nobodys_to_set_from_outside() -> None:
    asked = read(api_key="k", base_url="http://h", use=[], extra_body={}, timeout=1, provider="x")
    assert asked.arguments == {"messages": [HI]}


@pytest.mark.parametrize("field", ["n", "temperature", "seed", "max_tokens", "stop", "stream"])
def test_null_is_as_good_as_nothing(field: str) -> None:
    assert read(**{field: None}).arguments == {"messages": [HI]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("temperature", "hot", "expected a decimal, but got a string instead"),
        ("top_p", [1], "expected a decimal, but got an array instead"),
        ("temperature", True, "expected a decimal, but got a boolean instead"),
        ("max_tokens", "9", "expected an integer, but got a string instead"),
        ("max_tokens", 1.5, "expected an integer, but got a decimal instead"),
        ("seed", {}, "expected an integer, but got an object instead"),
        ("stream", "yes", "expected a boolean, but got a string instead"),
        ("stop", 3, "expected a string or an array of strings, but got an integer instead"),
        ("stop", ["a", 1], "expected a string or an array of strings"),
        ("tools", {}, "expected an array, but got an object instead"),
        ("messages", "Hi", "expected an array of objects, but got a string instead"),
        ("messages", {"role": "user"}, "expected an array of objects, but got an object instead"),
        ("model", 7, "expected a string, but got an integer instead"),
        ("response_format", "json", "expected an object, but got a string instead"),
        ("stream_options", True, "expected an object, but got a boolean instead"),
        ("reasoning_effort", 3, "expected a string, but got an integer instead"),
        ("parallel_tool_calls", "no", "expected a boolean, but got a string instead"),
        ("logprobs", 5, "expected a boolean, but got an integer instead"),
        ("user", 5, "expected a string, but got an integer instead"),
    ],
)
def test_a_wrong_type_is_refused_by_name(field: str, value: Any, words: str) -> None:
    refusal = refused(**{field: value})
    assert words in refusal.message
    assert refusal.param == field
    assert refusal.code == "invalid_type"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": None}]}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        ({"messages": [HI, {"role": "robot", "content": "Hi"}]}, "messages[1].role"),
        ({"messages": [{"role": ["user"], "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages[0].content[0].type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}]},
            "messages[0].content[0].text",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            "messages[0].content[0].image_url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "messages[0].content[0].input_audio",
        ),
        ({"messages": [{"role": "assistant", "tool_calls": {}}]}, "messages[0].tool_calls"),
        ({"messages": [{"role": "assistant", "tool_calls": [7]}]}, "messages[0].tool_calls[0]"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]},
            "messages[0].tool_calls[0].function",
        ),
        (
            {"messages": [{"role": "tool", "tool_call_id": 7, "content": "5"}]},
            "messages[0].tool_call_id",
        ),
        ({"n": 2}, "n"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [{}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "function", "function": {"name": 7}}]}, "tools[0].function.name"),
        ({"tools": [TOOL], "tool_choice": "add"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": 7}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice.function.name"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}},
            "response_format.json_schema.schema",
        ),
    ],
)
def test_what_cannot_be_read_or_said_is_refused_by_its_place(
    body: dict[str, Any], param: str
) -> None:
    assert refused(**body).param == param


def test_empty_texts_and_messages_that_say_nothing_are_left_out() -> None:
    parts = [{"type": "text", "text": ""}, {"type": "text", "text": "Hi"}]
    empty = [{"role": "system", "content": ""}, {"role": "user", "content": []}]
    assert messages(*empty, {"role": "user", "content": parts}) == [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
    ]


@pytest.mark.parametrize("content", [{"content": None}, {}, {"content": ""}, {"content": []}])
def test_calls_need_no_content(content: dict[str, Any]) -> None:
    said = messages(HI, {"role": "assistant", **content, "tool_calls": [CALL]})
    assert not said[1]["content"]
    assert said[1]["tool_calls"] == [CALL]


@pytest.mark.parametrize("nothing", [None, []])
def test_an_empty_list_of_calls_is_none(nothing: Any) -> None:
    said = messages(HI, {"role": "assistant", "content": "Hello", "tool_calls": nothing})
    assert said[1] == {"role": "assistant", "content": "Hello"}


def test_fields_of_an_answer_that_are_nobodys_input_are_left_out() -> None:
    answer = {
        "role": "assistant",
        "content": "Hello",
        "annotations": [],
        "images": [{"type": "image_url"}],
        "audio": None,
        "function_call": None,
        "refusal": None,
        "parsed": None,
    }
    assert messages(HI, answer)[1] == {"role": "assistant", "content": "Hello"}


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_of_the_history_is_read_under_both_names(name: str) -> None:
    answer = messages(HI, {"role": "assistant", "content": "Hello", name: "Greet."})[1]
    assert answer["reasoning_content"] == "Greet."


def test_reasoning_that_is_no_text_is_ignored() -> None:
    answer = {"role": "assistant", "content": "Hello", "reasoning": {"effort": "low"}}
    assert messages(HI, answer)[1] == {"role": "assistant", "content": "Hello"}


def test_a_part_that_refuses_is_the_messages_refusal() -> None:
    parts = [{"type": "refusal", "refusal": "No."}]
    answer = messages(HI, {"role": "assistant", "content": parts})[1]
    assert (answer["content"], answer["refusal"]) == ([], "No.")


def test_flat_tools_of_responses_are_read() -> None:
    flat = {"type": "function", "name": "add", "parameters": {"type": "object"}}
    assert read(tools=[flat]).arguments["tools"] == [flat]
    custom = {"type": "custom", "name": "patch", "format": {"type": "grammar"}}
    assert read(tools=[custom]).arguments["tools"] == [custom]


def test_tools_that_some_provider_runs_are_left_out_by_their_place() -> None:
    asked = read(tools=[TOOL, {"type": "web_search"}])
    assert asked.arguments["tools"] == [TOOL]
    assert asked.left_out == ("tools[1]",)


def test_keys_of_tools_that_unified_form_does_not_know_are_left_out() -> None:
    function = {**TOOL["function"], "response": {}}
    asked = read(tools=[{**TOOL, "defer_loading": True, "function": function}])
    assert asked.arguments["tools"] == [TOOL]
    assert asked.left_out == ("tools[0].defer_loading", "tools[0].function.response")


def test_opaque_reasoning_of_other_services_stays() -> None:
    details = [{"type": "reasoning.encrypted", "data": "xyz"}]
    call = {**CALL, "extra_content": {"google": {"thought_signature": "EvMC"}}}
    answer = {
        "role": "assistant",
        "content": "",
        "reasoning_details": details,
        "tool_calls": [call],
    }
    assert messages(HI, answer)[1] == answer


def test_a_choice_without_tools_says_nothing() -> None:
    assert read(tool_choice="auto", parallel_tool_calls=True).arguments == {"messages": [HI]}


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_choices_that_are_words(choice: str) -> None:
    assert read(tools=[TOOL], tool_choice=choice).arguments["tool_choice"] == choice


def test_choices_that_name_a_tool() -> None:
    choice = {"type": "function", "function": {"name": "add"}}
    assert read(tools=[TOOL], tool_choice=choice).arguments["tool_choice"] == choice
    flat = {"type": "function", "name": "add"}
    assert read(tools=[TOOL], tool_choice=flat).arguments["tool_choice"] == choice


def test_functions_of_old_are_tools() -> None:
    function = {"name": "add", "parameters": {"type": "object"}}
    called = {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "add", "arguments": "{}"},
    }
    result = {"role": "function", "name": "add", "content": "5"}
    asked = read(functions=[function], function_call={"name": "add"}, messages=[HI, called, result])
    assert asked.arguments["tools"] == [TOOL]
    assert asked.arguments["tool_choice"] == {"type": "function", "function": {"name": "add"}}
    assert asked.arguments["parallel_tool_calls"] is False
    said = asked.arguments["messages"]
    assert said[1]["tool_calls"][0]["id"] == said[2]["tool_call_id"] != ""
    assert said[2]["role"] == "tool"


def test_the_effort_may_stand_in_reasoning() -> None:
    assert read(reasoning_effort="low").arguments["reasoning_effort"] == "low"
    assert read(reasoning={"effort": "high"}).arguments["reasoning_effort"] == "high"


def test_probabilities() -> None:
    assert read(logprobs=True).arguments["logprobs"] is True
    assert read(logprobs=True, top_logprobs=3).arguments["logprobs"] == 3
    assert "logprobs" not in read(logprobs=False, top_logprobs=0).arguments


def test_formats() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    assert read(response_format=schema).arguments["response_format"] == schema
    assert read(response_format={"type": "json_object"}).arguments["response_format"] == {
        "type": "json_object"
    }
    assert "response_format" not in read(response_format={"type": "text"}).arguments


def test_a_body_of_responses_is_answered_as_a_chat() -> None:
    """Cursor posts such ones here."""
    flat = {"type": "function", "name": "add", "parameters": {"type": "object"}}
    body = {"model": "fast", "input": "Hi", "tools": [flat], "stream": True}
    asked = CHAT_COMPLETIONS.read({**body, "stream_options": {"include_usage": True}})
    assert (asked.protocol, asked.model, asked.stream, asked.usage) == (
        "chat_completions",
        "fast",
        True,
        True,
    )
    assert asked.arguments["messages"]
    assert asked.arguments["tools"]
