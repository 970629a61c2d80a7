"""What Anthropic Messages shows besides text, read by the official SDK."""

from __future__ import annotations

import pytest
from chimeric_sim import Simulator

anthropic = pytest.importorskip("anthropic", reason="the official SDK is a test-only oracle")

SEARCH = {"type": "web_search_20250305", "name": "web_search"}
FETCH = {"type": "web_fetch_20250910", "name": "web_fetch"}
CODE = {"type": "code_execution_20250522", "name": "code_execution"}
SERVERS = [{"type": "url", "name": "library", "url": "https://mcp.example.com"}]
MODEL = "claude-sonnet-5"


@pytest.fixture
def client(sim: Simulator):
    url = sim.base_url("anthropic")
    with anthropic.Anthropic(base_url=url, api_key="any", max_retries=0) as client:
        yield client


def ask(**fields):
    messages = [{"role": "user", "content": "Tell me about tides"}]
    return {"model": MODEL, "max_tokens": 2000, "messages": messages, **fields}


def read(messages, **fields):
    """All events of a stream, and the message that the SDK makes of them."""
    with messages.stream(**ask(**fields)) as stream:
        return list(stream), stream.get_final_message()


def types(message) -> list[str]:
    return [block.type for block in message.content]


def test_a_search_and_its_result_come_before_texts_with_their_sources(client):
    events, message = read(client.messages, tools=[SEARCH])
    assert types(message)[:2] == ["server_tool_use", "web_search_tool_result"]
    call, result, *texts = message.content
    assert call.input == {"query": "tides"}
    assert result.tool_use_id == call.id
    assert result.content[0].url == "https://example.com/tides"
    assert message.usage.server_tool_use.web_search_requests == 1
    cited = [text for text in texts if text.citations]
    assert [text.citations[0].url for text in cited] == [r.url for r in result.content[:2]]
    assert [text.text.strip() for text in cited] == [t.citations[0].cited_text for t in cited]
    at = next(i for i, e in enumerate(events) if e.type == "citation")
    later = [e for e in events[at:] if e.type == "text"]
    assert "".join(e.text for e in later).startswith(cited[0].text)


def test_fetches_and_code_are_read_by_the_sdk(client):
    _, message = read(client.messages, tools=[FETCH, CODE])
    assert types(message)[:2] == ["server_tool_use", "web_fetch_tool_result"]
    fetch = message.content[1].content
    assert fetch.content.source.data.startswith("The oldest notes on tides")
    code = next(b for b in message.content if b.type == "code_execution_tool_result")
    call = next(b for b in message.content if getattr(b, "id", 0) == code.tool_use_id)
    assert call.input == {"code": "primes = [2, 3, 5, 7]\nprint(sum(primes))\n"}
    assert (code.content.stdout, code.content.return_code) == ("17\n", 0)
    assert code.content.content[0].file_id
    assert message.container.id.startswith("container_")
    whole = client.messages.create(**ask(tools=[FETCH, CODE]))
    assert types(whole) == types(message)
    assert [b.text for b in whole.content if b.type == "text"] == [
        b.text for b in message.content if b.type == "text"
    ]


def test_mcp_calls_are_told_with_their_server(client):
    events, message = read(client.beta.messages, mcp_servers=SERVERS)
    assert types(message) == ["mcp_tool_use", "mcp_tool_result", "text"]
    call, result, text = message.content
    assert (call.name, call.server_name) == ("ask", "library")
    assert result.content[0].text in text.text
    written = "".join(
        e.delta.partial_json
        for e in events
        if e.type == "content_block_delta" and e.delta.type == "input_json_delta"
    )
    assert written == '{"question": "What is known of tides?"}'
    toolset = {"type": "mcp_toolset", "mcp_server_name": "other"}
    with pytest.raises(anthropic.BadRequestError, match="'other' not found"):
        client.beta.messages.create(**ask(mcp_servers=SERVERS, tools=[toolset]))


def test_a_failure_is_a_result(client):
    failing = {"sim": {"tool_end": "failed"}}
    message = client.messages.create(**ask(tools=[SEARCH]), extra_body=failing)
    assert message.content[1].content.error_code == "unavailable"
    assert message.stop_reason == "end_turn"
    again = client.messages.create(**ask(model="sim-mcp"), extra_body=failing)
    assert again.content[1].is_error is True


def test_a_turn_that_pauses_is_gone_on_with(client):
    pausing = {"sim": {"pause": True}}
    paused = client.messages.create(**ask(tools=[SEARCH]), extra_body=pausing)
    assert paused.stop_reason == "pause_turn"
    assert types(paused) == ["server_tool_use"]
    echo = {"role": "assistant", "content": [b.model_dump() for b in paused.content]}
    history = [*ask()["messages"], echo]
    ended = client.messages.create(**ask(messages=history, tools=[SEARCH]), extra_body=pausing)
    assert ended.stop_reason == "end_turn"
    assert ended.content[0].citations[0].url == "https://example.com/tides"


def test_blocks_of_tools_go_back_whole_or_not_at_all(client):
    _, message = read(client.messages, model="claude-show", tools=[SEARCH])
    blocks = [b.model_dump(exclude_none=True) for b in message.content]
    blocks = [b for b in blocks if b["type"] not in ("mcp_tool_use", "mcp_tool_result")]
    more = {"role": "user", "content": "And once more?"}

    def send(content):
        history = [*ask()["messages"], {"role": "assistant", "content": content}, more]
        return client.messages.create(**ask(model="claude-search", messages=history))

    assert types(send(blocks))[0] == "server_tool_use"
    lonely = [b for b in blocks if b["type"] != "web_search_tool_result"]
    with pytest.raises(anthropic.BadRequestError, match="without a corresponding `web_search_"):
        send(lonely)
    orphaned = [b for b in blocks if b["type"] != "server_tool_use"]
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        send(orphaned)
    forged = next(b for b in blocks if b["type"] == "web_search_tool_result")
    forged["content"][0]["encrypted_content"] = "forged"
    with pytest.raises(anthropic.BadRequestError, match="Invalid `encrypted_content`"):
        send(blocks)


def test_client_tools_are_called_after_the_service_s_own(client):
    weather = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}
    message = client.messages.create(**ask(tools=[SEARCH, weather]))
    assert message.stop_reason == "tool_use"
    assert types(message)[0] == "server_tool_use"
    assert types(message)[-1] == "tool_use"
    echo = {
        "role": "assistant",
        "content": [b.model_dump(exclude_none=True) for b in message.content],
    }
    result = {"type": "tool_result", "tool_use_id": message.content[-1].id, "content": "sunny"}
    history = [*ask()["messages"], echo, {"role": "user", "content": [result]}]
    ended = client.messages.create(**ask(messages=history, tools=[SEARCH, weather]))
    assert types(ended) == ["text"]
    assert "sunny" in ended.content[0].text


def test_code_calls_the_newer_web_tools(client):
    tools = [{"type": "web_search_20260209", "name": "web_search"}]
    events, message = read(client.messages, tools=tools)
    code, search, found, ran = message.content[:4]
    assert [b.type for b in (found, ran)] == [
        "web_search_tool_result",
        "code_execution_tool_result",
    ]
    assert (code.name, search.name) == ("code_execution", "web_search")
    assert search.input == {"query": "tides"}
    assert search.caller.tool_id == found.caller.tool_id == ran.tool_use_id == code.id
    started = [e.content_block for e in events if e.type == "content_block_start"]
    assert started[1].input == {"query": "tides"}
    whole = client.messages.create(**ask(tools=tools))
    assert types(whole) == types(message)
    echo = {
        "role": "assistant",
        "content": [b.model_dump(exclude_none=True) for b in whole.content],
    }
    history = [*ask()["messages"], echo, {"role": "user", "content": "And once more?"}]
    again = client.messages.create(**ask(messages=history, tools=tools))
    assert types(again) == types(whole)
    paused = client.messages.create(**ask(tools=tools), extra_body={"sim": {"pause": True}})
    assert types(paused) == ["server_tool_use", "server_tool_use"]
    assert paused.stop_reason == "pause_turn"
