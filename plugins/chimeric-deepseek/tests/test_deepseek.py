"""DeepSeek: its thinking mode, its limits, its token counts."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_deepseek import chimeric_build_request, chimeric_parse_event, chimeric_provider

from chimeric import (
    Event,
    Message,
    ProviderConfig,
    Request,
    ResponseFormat,
    Tool,
    ToolCall,
)

DECLARATION = chimeric_provider()
CONFIG = ProviderConfig(name="deepseek", base_url=DECLARATION.base_url, declaration=DECLARATION)
USER = Message("user", "Hi")
CALLS = (ToolCall("call_1", "add"),)


def build(**fields: Any) -> Any:
    return chimeric_build_request(
        Request(model="deepseek-chat", **{"messages": (USER,), **fields}), CONFIG
    )


def test_reasoning_goes_back_and_calls_never_lack_the_field():
    messages = build(
        messages=(
            USER,
            Message("assistant", "Wait.", CALLS, reasoning="Use the tool."),
            Message("tool", "4", tool_call_id="call_1"),
            Message("assistant", "", CALLS),
            Message("tool", "4", tool_call_id="call_1"),
            Message("assistant", "Hello."),
        )
    ).body["messages"]
    told = [m.get("reasoning_content") for m in messages if m["role"] == "assistant"]
    assert told == ["Use the tool.", "", None]


def test_no_reasoning_effort_switches_thinking_off():
    assert build(reasoning_effort="none").body["thinking"] == {"type": "disabled"}
    body = build(reasoning_effort="high").body
    assert (body["reasoning_effort"], "thinking" in body) == ("high", False)


def test_a_schema_becomes_plain_json_and_that_is_reported():
    http = build(response_format=ResponseFormat(schema={"type": "object"}))
    assert http.body["response_format"] == {"type": "json_object"}
    assert len(http.dropped) == 1


def test_parameters_that_do_not_exist_are_reported():
    http = build(seed=1, parallel_tool_calls=False, tools=(Tool(name="add"),))
    assert not {"seed", "parallel_tool_calls"} & set(http.body)
    assert len(http.dropped) == 2
    assert http.url == "https://api.deepseek.com/chat/completions"


def test_cached_tokens_have_a_name_of_their_own():
    usage = {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 8}
    state = DECLARATION.state(Request(model="m", messages=()))
    event = Event(msgspec.json.encode({"choices": [], "usage": usage}))
    delta = chimeric_parse_event(event, state)
    assert (delta.usage.cached_tokens, delta.usage.total_tokens) == (8, 11)
