"""What clients of real services send, and what they cannot read an answer without."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

KEY = {"authorization": "Bearer any", "x-api-key": "any", "x-goog-api-key": "any"}
ANTHROPIC = {**KEY, "anthropic-version": "2023-06-01"}
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "minutes": {"type": "integer"}},
    "required": ["title", "minutes"],
    "additionalProperties": False,
}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        },
    },
}  # fmt: skip


def post(sim: Any, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(f"{sim.url}{path}", json=body, headers={**KEY, **headers})


def chunks(reply: httpx.Response) -> list[dict[str, Any]]:
    lines = [line[6:] for line in reply.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def say(model: str, text: str = "hi", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


# --- Anthropic --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["output_format", "output_config"])
def test_anthropic_s_output_format_is_taken_under_both_names(sim, name):
    wanted = {"type": "json_schema", "schema": SCHEMA}
    more = {name: wanted if name == "output_format" else {"format": wanted}}
    body = say("claude-sonnet-4-5", "a soup", max_tokens=64000, **more)
    reply = httpx.post(f"{sim.url}/v1/messages", json=body, headers=ANTHROPIC)
    value = json.loads(reply.json()["content"][0]["text"])
    assert set(value) == {"title", "minutes"}
    bad = {**body, name: {"type": "json_schema"} if name == "output_format" else {"format": {}}}
    refused = httpx.post(f"{sim.url}/v1/messages", json=bad, headers=ANTHROPIC)
    assert refused.status_code == 400
    assert f"{name}." in refused.json()["error"]["message"]


def test_a_thread_is_taken_with_its_beta_header_only(sim):
    body = say("claude-sonnet-4-5", max_tokens=100, thread={"type": "create"})
    for beta, status in (
        (None, 400),
        ("other-2026", 400),
        ("a-1, message-threads-2026-08-12", 200),
    ):
        headers = {**ANTHROPIC, "anthropic-version": "2026-10-21"}
        headers |= {"anthropic-beta": beta} if beta else {}
        reply = httpx.post(f"{sim.url}/v1/messages", json=body, headers=headers)
        assert reply.status_code == status, reply.text


def test_tokens_are_counted_as_the_answer_s_usage_counts_them(sim):
    anthropic = pytest.importorskip("anthropic")
    client = anthropic.Anthropic(base_url=sim.url, api_key="any", max_retries=0)
    messages = [{"role": "user", "content": "How many tokens are these?"}]
    counted = client.messages.count_tokens(model="claude-sonnet-4-5", messages=messages)
    answered = client.messages.create(model="claude-sonnet-4-5", messages=messages, max_tokens=50)
    assert counted.input_tokens == answered.usage.input_tokens > 0
    with pytest.raises(anthropic.BadRequestError):
        client.messages.count_tokens(model="claude-sonnet-4-5", messages=[])
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(model="claude-0", messages=messages)


@pytest.mark.parametrize("path", ["/v1/messages/batches", "/v1/nothing", "/v1/files"])
def test_what_is_not_there_is_told_in_the_shape_of_the_service_that_was_asked(sim, path):
    reply = httpx.post(f"{sim.url}{path}", json={}, headers=ANTHROPIC)
    assert reply.status_code == 404
    assert reply.json()["type"] == "error"
    assert reply.json()["error"]["type"] == "not_found_error"
    assert "param" in post(sim, path, {}).json()["error"], "OpenAI's, for all others"


# --- chat completions -------------------------------------------------------------------------


def history(**kind: str) -> list[dict[str, Any]]:
    call = {"id": "Z5GC1dMAJ", "function": {"name": "weather", "arguments": "{}"}, **kind}
    return [
        {"role": "user", "content": "weather in Rome"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "sunny", "name": "weather", "tool_call_id": "Z5GC1dMAJ"},
    ]


@pytest.mark.parametrize("model", ["mistral-large-latest", "codestral-latest", "llama3.1-8b"])
def test_a_call_in_the_history_needs_no_type_where_servers_have_a_default(sim, model):
    body = {"model": model, "messages": history(), "tools": [WEATHER], "stream": False}
    assert post(sim, "/v1/chat/completions", body).status_code == 200
    wrong = {**body, "messages": history(type="nonsense")}
    assert post(sim, "/v1/chat/completions", wrong).status_code == 400


def test_openai_itself_wants_the_type(sim):
    body = {"model": "gpt-4o", "messages": history(), "tools": [WEATHER]}
    reply = post(sim, "/v1/chat/completions", body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == "messages[1].tool_calls[0].type"


def test_an_empty_list_of_calls_is_taken_where_its_own_clients_send_one(sim):
    # pydantic-ai sends Mistral one in each turn of the assistant.
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello", "tool_calls": []},
        {"role": "user", "content": "Go on"},
    ]
    for model, status in (("mistral-large-latest", 200), ("gpt-4o", 400)):
        body = {"model": model, "messages": turns}
        assert post(sim, "/v1/chat/completions", body).status_code == status


@pytest.mark.parametrize("stream", [False, True])
def test_openrouter_tells_who_answered(sim, stream):
    body = say("anthropic/claude-sonnet-4.5", stream=stream)
    reply = post(sim, "/api/v1/chat/completions", body)
    told = chunks(reply) if stream else [reply.json()]
    assert all(chunk["provider"] for chunk in told)
    assert told[-1]["choices"][0]["native_finish_reason"] == "stop"


@pytest.mark.parametrize("role", ["system", "user"])
def test_a_schema_in_the_words_is_one_where_json_is_asked_for(sim, role):
    text = f"Answer as JSON that fits {json.dumps(SCHEMA)}, and nothing else"
    messages = [{"role": role, "content": text}]
    if role == "system":
        messages.append({"role": "user", "content": "a soup"})
    for more in ({"response_format": {"type": "json_object"}}, {}):
        body = {"model": "gpt-4o", "messages": messages, **more}
        answer = post(sim, "/v1/chat/completions", body).json()["choices"][0]["message"]["content"]
        assert set(json.loads(answer)) == {"title", "minutes"}


@pytest.mark.parametrize("broken", ["{" * 5000, '{"properties": 5}', '{"properties": {"x": 5}}'])
def test_what_is_no_schema_is_words(sim, broken):
    body = say("gpt-4o", f'JSON with "properties" in 20 words: {broken}')
    answer = post(sim, "/v1/chat/completions", body).json()["choices"][0]["message"]["content"]
    assert not answer.startswith("{")


def test_groq_s_answers_have_their_tier(sim):
    path = "/openai/v1/chat/completions"
    whole = post(sim, path, say("llama-3.3-70b-versatile")).json()
    assert whole["service_tier"] == "on_demand"
    assert whole["usage_breakdown"] is None
    asked = say("llama-3.3-70b-versatile", stream=True, stream_options={"include_usage": True})
    last = chunks(post(sim, path, asked))[-1]
    assert last["choices"] == []
    assert last["service_tier"] == "on_demand"


@pytest.mark.parametrize("model", ["grok-4", "grok-4-fast", "x-ai/grok-4"])
def test_xai_streams_a_call_whole(sim, model):
    body = say(model, "weather in Rome", tools=[WEATHER], tool_choice="required", stream=True)
    found = [
        call
        for chunk in chunks(post(sim, "/v1/chat/completions", body))
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls", ())
    ]
    assert found
    for call in found:
        assert call["id"]
        assert call["function"]["name"] == "weather"
        assert set(json.loads(call["function"]["arguments"])) == {"city"}
    text = chunks(post(sim, "/v1/chat/completions", say(model, stream=True)))
    assert sum(bool(c["choices"][0]["delta"].get("content")) for c in text if c["choices"]) > 1


# --- Gemini -----------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["?alt=sse", ""])
def test_pieces_before_a_fault_are_sent(sim, query):
    path = f"/v1beta/models/gemini-2.5-flash:streamGenerateContent{query}"
    body = {"contents": [{"parts": [{"text": "tides in 60 words"}]}]}
    reply = post(sim, path, body, **{"x-sim-fail-after": "5"})
    frames = chunks(reply) if query else json.loads(reply.text)
    *texts, error = frames
    assert len(texts) == 5
    assert all(frame["candidates"][0]["content"]["parts"][0]["text"] for frame in texts)
    assert error["error"]["code"] == 503
    received = ""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream(
            "POST", f"{sim.url}{path}", json=body, headers={**KEY, "x-sim-cut-after": "5"}
        ) as cut,
    ):
        for piece in cut.iter_text():
            received += piece
    assert received.count('"candidates"') == 5


# --- Bedrock ----------------------------------------------------------------------------------


def test_claude_s_own_field_of_a_schema_passes_through_converse(sim):
    fields = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    body = {
        "messages": [{"role": "user", "content": [{"text": "a soup"}]}],
        "additionalModelRequestFields": fields,
    }
    reply = post(sim, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse", body)
    (block,) = reply.json()["output"]["message"]["content"]
    assert set(json.loads(block["text"])) == {"title", "minutes"}


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        "gpt-5-mini", "gpt-5.2", "gpt-4.1-nano", "gpt-3.5-turbo", "chatgpt-4o-latest", "o1-mini",
        "moonshotai/kimi-k2-instruct", "magistral-medium-latest", "codestral-latest",
        "ministral-8b-latest", "claude-opus-4-1", "claude-3-haiku-20240307", "gemini-2.0-flash",
        "gemini-3-pro-preview", "gemini-flash-latest", "amazon.nova-lite-v1:0",
        "us.amazon.nova-pro-v1:0", "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "meta.llama3-70b-instruct-v1:0",
        "anthropic.claude-sonnet-4-5-20250929-v1:0", "command-r", "sonar-pro", "glm-4.6",
        "qwen2.5-coder", "deepseek-v3", "mixtral-8x7b", "kimi-k2", "llama3.3:70b", "phi-4",
    ],
)  # fmt: skip
def test_a_name_of_a_known_family_works(sim, model):
    assert post(sim, "/v1/chat/completions", say(model)).status_code == 200


@pytest.mark.parametrize("model", ["nope", "gpt-0", "claude-0", "my-model", "o0", "gpt", ""])
def test_other_names_are_unknown(sim, model):
    assert post(sim, "/v1/chat/completions", say(model)).status_code in (400, 404)
