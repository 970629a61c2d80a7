"""The official Cohere SDK against the simulator."""

from __future__ import annotations

import json

import httpx
import pytest
from chimeric_sim import Simulator

cohere = pytest.importorskip("cohere", reason="the official SDK is a test-only oracle")

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": name,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    for name in ("weather", "news")
]


@pytest.fixture
def client(sim: Simulator):
    # A client of our own: the SDK's would stay open.
    with httpx.Client() as transport:
        yield cohere.ClientV2(
            api_key="any", base_url=sim.base_url("cohere"), httpx_client=transport
        )


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_a_story_streams(client):
    events = list(client.chat_stream(model="command-a-03-2025", messages=say("A story about rain")))
    text = "".join(e.delta.message.content.text for e in events if e.type == "content-delta")
    assert "rain" in text.lower()
    assert events[0].type == "message-start"
    assert events[-1].type == "message-end"
    assert events[-1].delta.finish_reason == "COMPLETE"
    assert events[-1].delta.usage.tokens.output_tokens > 50


def test_tools_are_called_and_their_results_cited(client):
    messages = say("Weather and news in Rome")
    events = list(client.chat_stream(model="tools", messages=messages, tools=TOOLS))
    kinds = [e.type for e in events]
    assert "tool-plan-delta" in kinds
    starts = [e for e in events if e.type == "tool-call-start"]
    assert [e.delta.message.tool_calls.function.name for e in starts] == ["weather", "news"]
    whole = client.chat(model="tools", messages=messages, tools=TOOLS)
    assert whole.finish_reason == "TOOL_CALL"
    calls = whole.message.tool_calls
    assert json.loads(calls[0].function.arguments) == {"city": "Rome"}
    history = [
        *messages,
        {
            "role": "assistant",
            "tool_plan": whole.message.tool_plan,
            "tool_calls": [c.model_dump() for c in calls],
        },
        {"role": "tool", "tool_call_id": calls[0].id, "content": "sunny"},
        {
            "role": "tool",
            "tool_call_id": calls[1].id,
            "content": [{"type": "document", "document": {"data": {"text": "none"}}}],
        },
    ]
    answer = client.chat(model="tools", messages=history, tools=TOOLS)
    text = answer.message.content[0].text
    assert "sunny" in text
    assert "none" in text
    citation = answer.message.citations[0]
    assert text[citation.start : citation.end] == "sunny" == citation.text
    with pytest.raises(cohere.errors.BadRequestError, match="missing tool results"):
        client.chat(model="tools", messages=history[:-1], tools=TOOLS)


def test_errors_are_the_sdk_s_own(sim, client):
    with pytest.raises(cohere.errors.NotFoundError, match="model 'command-0' not found"):
        client.chat(model="command-0", messages=say("x"))
    with httpx.Client() as transport:
        refused = cohere.ClientV2(api_key="bad", base_url=sim.url, httpx_client=transport)
        with pytest.raises(cohere.errors.UnauthorizedError, match="invalid api token"):
            refused.chat(model="story", messages=say("x"))
    with pytest.raises(cohere.errors.BadRequestError, match="p must be between"):
        client.chat(model="story", messages=say("x"), p=1.0)


def test_models_are_listed_page_by_page(client):
    page = client.models.list(page_size=4, endpoint="chat")
    names = [m.name for m in page.models]
    while page.next_page_token:
        page = client.models.list(page_size=4, page_token=page.next_page_token)
        names += [m.name for m in page.models]
    assert "command-a-03-2025" in names
    assert len(names) == len(set(names)) > 8
