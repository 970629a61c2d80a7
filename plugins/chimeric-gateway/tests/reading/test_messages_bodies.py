"""Bodies of Messages: what is read, what is left out, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from chimeric_gateway.asked import Asked
from chimeric_gateway.protocols.messages import MESSAGES
from chimeric_gateway.refusal import Refusal

HI = {"role": "user", "content": "Hi"}
TOOL = {"name": "add", "input_schema": {"type": "object"}}


def read(**body: Any) -> Asked:
    return MESSAGES.read({"model": "fast", "max_tokens": 99, "messages": [HI], **body})


def messages(*said: Any, **body: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(messages=list(said), **body).arguments["messages"]
    return found


def test_a_plain_body_is_read() -> None:
    asked = read(temperature=1, top_p=0.5, stop_sequences=["END"], stream=True)
    assert (asked.protocol, asked.model, asked.stream) == ("messages", "fast", True)
    assert asked.arguments == {
        "messages": [HI],
        "max_tokens": 99,
        "temperature": 1,
        "top_p": 0.5,
        "stop": ("END",),
    }
    assert asked.left_out == ()


def test_a_body_to_be_counted_has_no_limit() -> None:
    assert MESSAGES.read({"model": "fast", "messages": [HI]}).arguments == {"messages": [HI]}


def test_unknown_fields_are_left_out_by_name_and_never_refused() -> None:
    asked = read(
        context_management={"edits": []},
        betas=["x"],
        top_k=5,
        service_tier="auto",
        mcp_servers=[{"name": "a"}],
        api_key="k",
    )
    names = ("context_management", "betas", "top_k", "service_tier", "mcp_servers", "api_key")
    assert asked.left_out == names
    assert asked.arguments == {"messages": [HI], "max_tokens": 99}


@pytest.mark.parametrize("system", [None, "", [], [{"type": "text", "text": ""}]])
def test_an_empty_system_prompt_is_none(system: Any) -> None:
    assert messages(HI, system=system) == [HI]


def test_a_system_prompt_of_blocks_is_one_of_paragraphs() -> None:
    blocks = [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}]
    told = messages(HI, system=blocks)[0]
    assert told == {"role": "system", "content": "Be brief.\n\nBe kind."}


def test_cache_points_of_the_system_prompt_stay_at_their_block() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    first, last = {"type": "text", "text": "A", **mark}, {"type": "text", "text": "B"}
    told = messages(HI, system=[first, last])[0]
    assert told["content"] == [{"type": "text", "text": "A\n\n", **mark}, last]


def test_system_messages_stand_where_they_are_said() -> None:
    note = {"role": "system", "content": "Now in French."}
    assert messages(HI, note)[1] == note


@pytest.mark.parametrize(
    ("budget", "effort"),
    [
        (1024, "minimal"),
        (1025, "low"),
        (2048, "low"),
        (8192, "medium"),
        (24576, "high"),
        (24577, "xhigh"),
        (64000, "xhigh"),
    ],
)
def test_a_budget_of_thinking_is_an_effort(budget: int, effort: str) -> None:
    asked = read(thinking={"type": "enabled", "budget_tokens": budget})
    assert asked.arguments["reasoning_effort"] == effort
    assert asked.left_out == ("thinking",)


def test_an_effort_wins_over_a_budget_and_no_thinking_is_none() -> None:
    thinking = {"type": "enabled", "budget_tokens": 9000}
    asked = read(thinking=thinking, output_config={"effort": "max"})
    assert asked.arguments["reasoning_effort"] == "max"
    assert read(thinking={"type": "disabled"}).arguments["reasoning_effort"] == "none"
    assert "reasoning_effort" not in read(thinking={"type": "adaptive"}).arguments


@pytest.mark.parametrize("place", ["output_config", "output_format"])
def test_a_format_is_a_schema(place: str) -> None:
    form = {"type": "json_schema", "schema": {"type": "object"}}
    body = {place: {"format": form} if place == "output_config" else form}
    told = read(**body).arguments["response_format"]
    assert told["type"] == "json_schema"
    assert told["json_schema"]["schema"] == {"type": "object"}


def test_who_asks() -> None:
    asked = read(metadata={"user_id": "u1"})
    assert asked.arguments["user"] == "u1"
    assert asked.left_out == ()


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "add"}, {"type": "tool", "name": "add"}),
    ],
)
def test_choices_of_tools(choice: dict[str, Any], told: Any) -> None:
    arguments = read(tools=[TOOL], tool_choice=choice).arguments
    assert arguments["tool_choice"] == told
    assert "parallel_tool_calls" not in arguments


def test_one_call_at_a_time() -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    assert read(tools=[TOOL], tool_choice=choice).arguments["parallel_tool_calls"] is False


def test_tools_that_anthropic_runs_are_left_out_by_their_place() -> None:
    search = {"type": "web_search_20260318", "name": "web_search"}
    asked = read(tools=[TOOL, search], tool_choice={"type": "tool", "name": "web_search"})
    assert asked.arguments["tools"] == [TOOL]
    assert "tool_choice" not in asked.arguments
    assert asked.left_out == ("tools.1",)


def test_keys_of_tools_that_only_anthropic_has_are_left_out() -> None:
    custom = {**TOOL, "type": "custom", "eager_input_streaming": True, "cache_control": {}}
    asked = read(tools=[custom])
    assert asked.arguments["tools"] == [{**TOOL, "cache_control": {}}]
    assert asked.left_out == ("tools.0.eager_input_streaming",)


def test_a_choice_without_tools_says_nothing() -> None:
    assert "tool_choice" not in read(tool_choice={"type": "auto"}).arguments


def test_empty_texts_and_messages_that_say_nothing_are_left_out() -> None:
    blocks = [{"type": "text", "text": ""}, {"type": "text", "text": "Hi"}]
    said = messages({"role": "user", "content": ""}, {"role": "user", "content": blocks})
    assert said == [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]


def test_thinking_that_a_provider_signed_stays_as_it_is() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Greet.", "signature": "EvMCCkYI"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Hello"},
    ]
    assert messages(HI, {"role": "assistant", "content": blocks})[1]["content"] == blocks


def test_thinking_that_nobody_signed_is_plain_reasoning() -> None:
    blocks = [{"type": "thinking", "thinking": "Greet."}, {"type": "text", "text": "Hello"}]
    answer = messages(HI, {"role": "assistant", "content": blocks})[1]
    assert answer["reasoning"] == "Greet."
    assert answer["content"] == [{"type": "text", "text": "Hello"}]


@pytest.mark.parametrize("content", [None, "5", [{"type": "text", "text": "5"}]])
def test_results_are_text_or_blocks_or_nothing(content: Any) -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": content}
    told = messages(HI, {"role": "user", "content": [result]})[1]
    assert told["content"] == [result]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"model": None}, "model: Field required"),
        ({"model": 7}, "model: Input should be a valid string"),
        ({"messages": None}, "messages: Field required"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": "Hi"}, "messages: Input should be a valid list"),
        ({"messages": ["Hi"]}, "messages.0: Input should be a valid dictionary"),
        ({"messages": [{"content": "Hi"}]}, "messages.0.role: Field required"),
        ({"messages": [{"role": "tool", "content": "Hi"}]}, "messages: Unexpected role 'tool'"),
        ({"messages": [{"role": ["user"], "content": "Hi"}]}, "messages: Unexpected role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages.0.content: Input should be"),
        ({"messages": [{"role": "user", "content": [7]}]}, "messages.0.content.0: Input should be"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages.0.content.0.text: Field required",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
            "messages.0.content.0.source: Field required",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]},
            "messages.0.content.0.tool_use_id: Field required",
        ),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a"}]}]},
            "messages.0.content.0.name: Field required",
        ),
        ({"temperature": "hot"}, "temperature: Input should be a valid number"),
        ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"stop_sequences": [1]}, "stop_sequences: Input should be a valid list of strings"),
        ({"system": 7}, "system: Input should be a valid string"),
        ({"system": [7]}, "system.0: Input should be a valid dictionary"),
        ({"tools": {}}, "tools: Input should be a valid list"),
        ({"tools": [7]}, "tools.0: Input should be a valid dictionary"),
        ({"tools": [{}]}, "tools.0.name: Field required"),
        (
            {"tools": [{"name": "a", "input_schema": []}]},
            "tools.0.input_schema: Input should be a valid dictionary",
        ),
        ({"tools": [TOOL], "tool_choice": "auto"}, "tool_choice: Input should be a valid dict"),
        ({"tools": [TOOL], "tool_choice": {"type": "any-tool"}}, "tool_choice: Input tag"),
        ({"thinking": {"type": "enabled", "budget_tokens": "9"}}, "thinking.budget_tokens: Input"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format.schema:"),
        ({"metadata": "u1"}, "metadata: Input should be a valid dictionary"),
    ],
)
def test_what_cannot_be_read_is_refused_in_anthropics_words(
    body: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal) as caught:
        read(**body)
    assert caught.value.status == 400
    assert caught.value.message.startswith(words)
