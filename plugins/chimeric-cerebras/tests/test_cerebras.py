"""Cerebras: requests that the official SDK's types accept, and its own ways."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from chimeric_cerebras import (
    chimeric_build_request,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_provider,
)

from chimeric import (
    Event,
    HTTPResponse,
    ImagePart,
    Message,
    ProviderConfig,
    Request,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCall,
)

DECLARATION = chimeric_provider()
CONFIG = ProviderConfig(name="cerebras", base_url=DECLARATION.base_url, declaration=DECLARATION)
USER = Message("user", "Hi")
CALLS = (ToolCall("call_1", "add", '{"x":1}'), ToolCall("call_2", "add", '{"x":2}'))
TOOL = Tool(name="add", description="Add", parameters={"type": "object", "properties": {}})
TURN = Message("assistant", "", CALLS, reasoning="Add both.")


def plain(value: Any) -> Any:
    """Lazy iterables of a validated value as lists, so that all of it is really checked."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return value
    return [plain(item) for item in value]


@pytest.mark.parametrize(
    "request_",
    [
        Request(model="m", messages=(Message("system", "Be brief."), USER), stream=True),
        Request(
            model="m",
            messages=(
                Message("user", (TextPart("What?"), ImagePart(url="https://x.test/a.png"))),
                TURN,
                Message("tool", "1", tool_call_id="call_1"),
                Message("tool", "failed", tool_call_id="call_2", is_error=True),
            ),
            tools=(TOOL,),
            tool_choice="required",
            parallel_tool_calls=True,
            temperature=0.1,
            top_p=0.9,
            max_tokens=9,
            seed=1,
            stop=("x",),
            reasoning_effort="low",
        ),
        Request(
            model="m",
            messages=(USER,),
            response_format=ResponseFormat(schema={"type": "object"}, strict=False),
            extra={"reasoning_format": "parsed"},
        ),
    ],
    ids=["text", "tools", "schema"],
)
def test_requests_are_valid_for_the_official_types(request_):
    pydantic = pytest.importorskip("pydantic")
    params = pytest.importorskip("cerebras.cloud.sdk.types.chat.completion_create_params")
    http = chimeric_build_request(request_, CONFIG)
    adapter = pydantic.TypeAdapter(params.CompletionCreateParams)
    assert plain(adapter.validate_python(http.body)) == http.body
    assert http.url == "https://api.cerebras.ai/v1/chat/completions"
    assert http.dropped == ()


def test_what_follows_a_call_without_a_result_is_said_with_it():
    messages = (USER, TURN, Message("assistant", "Hello", reasoning="A greeting."))
    body = chimeric_build_request(Request(model="zai-glm-4.7", messages=messages), CONFIG).body
    (joined,) = body["messages"][1:]
    assert joined["content"] == "<think>Add both.\n\nA greeting.</think>Hello"


def test_reasoning_goes_back_in_its_own_field():
    body = chimeric_build_request(Request(model="gpt-oss-120b", messages=(USER, TURN)), CONFIG).body
    assert body["messages"][1]["reasoning"] == "Add both."


def test_glm_models_get_reasoning_back_in_think_tags():
    results = (
        Message("tool", "1", tool_call_id="call_1"),
        Message("tool", "2", tool_call_id="call_2"),
    )
    messages = (USER, TURN, *results, Message("assistant", "Hello", reasoning="A greeting."))
    body = chimeric_build_request(Request(model="zai-glm-4.7", messages=messages), CONFIG).body
    assert [m.get("content") for m in body["messages"][1:]] == [
        "<think>Add both.</think>",
        "1",
        "2",
        "<think>A greeting.</think>Hello",
    ]
    assert not any("reasoning" in message for message in body["messages"])


def test_the_last_frame_carries_finish_usage_and_times():
    frame = {
        "id": "c",
        "choices": [{"delta": {}, "finish_reason": "stop", "index": 0}],
        "usage": {"prompt_tokens": 18, "completion_tokens": 2, "total_tokens": 20},
        "time_info": {"total_time": 0.66},
    }
    state = DECLARATION.state(Request(model="m", messages=()))
    delta = chimeric_parse_event(Event(msgspec.json.encode(frame)), state)
    assert (delta.finish_reason, delta.usage.total_tokens) == ("stop", 20)
    assert delta.metadata == {"time_info": {"total_time": 0.66}}


def test_errors_come_without_a_wrapper():
    body = {"message": "slow down", "type": "too_many_requests_error", "code": "quota"}
    response = HTTPResponse(status=429, headers={}, body=msgspec.json.encode(body))
    error = chimeric_parse_error(response)
    assert (error.message, error.type, error.code) == tuple(body.values())
