"""The official Anthropic SDK against the simulator."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

anthropic = pytest.importorskip("anthropic", reason="the official SDK is a test-only oracle")

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}
TOOLS = [
    {"name": "weather", "description": "Weather now", "input_schema": SCHEMA},
    {"name": "news", "description": "News", "input_schema": SCHEMA},
]


@pytest.fixture
def client(sim: Simulator):
    url = sim.base_url("anthropic")
    with anthropic.Anthropic(base_url=url, api_key="any", max_retries=0) as client:
        yield client


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_story_streams(client):
    with client.messages.stream(
        model="claude-sonnet-5", max_tokens=4000, messages=say("A story about bees")
    ) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
        assert stream.response.headers["request-id"].startswith("req_")
    assert "bees" in text
    assert final.content[0].text == text
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 50


def test_the_limit_and_stop_sequences_are_kept(client):
    cut = client.messages.create(model="story", max_tokens=9, messages=say("x"))
    assert (cut.stop_reason, cut.usage.output_tokens) == ("max_tokens", 9)
    stopped = client.messages.create(
        model="echo", max_tokens=99, messages=say("one two three four"), stop_sequences=[" three"]
    )
    assert stopped.content[0].text == "one two"
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", " three")


def test_thoughts_and_tools_stream_and_go_back_unchanged(client):
    messages = say("Weather and news in Rome")
    with client.messages.stream(
        model="claude-think", max_tokens=4000, messages=messages, tools=TOOLS
    ) as stream:
        final = stream.get_final_message()
    assert [b.type for b in final.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert final.stop_reason == "tool_use"
    assert final.content[2].input == {"city": "Rome"}
    echo = [b.model_dump(exclude_none=True) for b in final.content]
    results = [
        {"type": "tool_result", "tool_use_id": final.content[2].id, "content": "sunny"},
        {
            "type": "tool_result",
            "tool_use_id": final.content[3].id,
            "content": [{"type": "text", "text": "no news"}],
            "is_error": True,
        },
    ]
    history = [
        *messages,
        {"role": "assistant", "content": echo},
        {"role": "user", "content": results},
    ]
    answer = client.messages.create(
        model="claude-think", max_tokens=4000, messages=history, tools=TOOLS
    )
    text = answer.content[-1].text
    assert "weather answered: sunny" in text
    assert "news failed with: no news" in text
    history[1] = {"role": "assistant", "content": echo[1:]}
    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking`"):
        client.messages.create(model="claude-think", max_tokens=40, messages=history, tools=TOOLS)
    history[1] = {"role": "assistant", "content": [{**echo[0], "thinking": "Other."}, *echo[1:]]}
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        client.messages.create(model="claude-think", max_tokens=40, messages=history, tools=TOOLS)


def test_unanswered_and_unasked_tool_blocks_are_refused(client):
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    history = [*say("x"), {"role": "assistant", "content": [call]}, *say("and?")]
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result` blocks"):
        client.messages.create(model="story", max_tokens=40, messages=history, tools=TOOLS)
    result = {"type": "tool_result", "tool_use_id": "toolu_2", "content": "x"}
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        client.messages.create(
            model="story", max_tokens=40, messages=[{"role": "user", "content": [result]}]
        )


def test_errors_are_the_sdk_s_own(client):
    with pytest.raises(anthropic.NotFoundError, match="model: claude-0"):
        client.messages.create(model="claude-0", max_tokens=9, messages=say("x"))
    with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
        client.with_options(api_key="bad").messages.create(
            model="story", max_tokens=9, messages=say("x")
        )
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        client.messages.create(
            model="story", max_tokens=9, messages=say("x"), extra_body={"temperature": 1}
        )
    with pytest.raises(anthropic.APIStatusError) as busy:
        client.messages.create(
            model="story", max_tokens=9, messages=say("x"), extra_body={"sim": {"status": 529}}
        )
    assert busy.value.status_code == 529
    assert busy.value.body["error"]["type"] == "overloaded_error"


def test_an_error_in_mid_stream_is_raised_by_the_sdk(client):
    stream = client.messages.create(
        model="story",
        max_tokens=99,
        messages=say("x"),
        stream=True,
        extra_body={"sim": {"fail_after": 3}},
    )
    with pytest.raises(anthropic.APIStatusError, match="mid-stream"):
        list(stream)


def test_models_are_listed_page_by_page(client, sim):
    names = [model.id for model in client.models.list(limit=4)]
    assert len(names) == len(set(names)) > 12
    assert sum(r.path == "/v1/models" for r in sim.requests) > 3
    assert client.models.retrieve("story").type == "model"


def test_a_schema_is_kept(client):
    schema = {**SCHEMA, "additionalProperties": False}
    answer = client.messages.create(
        model="claude-sonnet-5",
        max_tokens=99,
        messages=say("Where?"),
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert answer.content[0].text.startswith('{"city":')


def test_thoughts_may_stay_away_where_thinking_is_not_asked_for(client):
    messages = say("Weather in Rome")
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 4000, "tools": TOOLS}
    thinking = {"type": "enabled", "budget_tokens": 1024}
    first = client.messages.create(**asked, messages=messages, thinking=thinking)
    assert first.content[0].type == "thinking"
    echo = [b.model_dump(exclude_none=True) for b in first.content[1:]]
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "sunny"}
        for block in first.content
        if block.type == "tool_use"
    ]
    history = [
        *messages,
        {"role": "assistant", "content": echo},
        {"role": "user", "content": results},
    ]
    with pytest.raises(anthropic.BadRequestError, match="Expected `thinking`"):
        client.messages.create(**asked, messages=history, thinking=thinking)
    assert "sunny" in client.messages.create(**asked, messages=history).content[-1].text
