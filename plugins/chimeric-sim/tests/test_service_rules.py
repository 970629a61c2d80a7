"""What each service refuses, is refused here: its status, its error's form, its words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
HI = {"role": "user", "content": "Hi"}
SAID = {"role": "assistant", "content": "Hello"}
TOOL = {"name": "f", "input_schema": {"type": "object"}}
MARK = {"cache_control": {"type": "ephemeral"}}
OLD = "2023-06-01"
BUDGET = {"type": "enabled", "budget_tokens": 1024}


def picture(media_type: str, data: str = PNG) -> list[dict[str, Any]]:
    source = {"type": "base64", "media_type": media_type, "data": data}
    return [{"role": "user", "content": [{"type": "image", "source": source}]}]


def form(schema: dict[str, Any]) -> dict[str, Any]:
    return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("claude-sonnet-4-5", {"stop_sequences": ["\n"]}, "must contain non-whitespace"),
        ("claude-sonnet-4-5", {"temperature": 1.5}, "less than or equal to 1"),
        ("claude-sonnet-4-5", {"temperature": 0.5, "top_p": 0.5}, "cannot both be specified"),
        ("claude-sonnet-4-5", {"thinking": BUDGET, "temperature": 0.5}, "may only be set to 1"),
        ("claude-sonnet-4-5", {"thinking": BUDGET, "top_k": 5}, "`top_k` must be unset"),
        ("claude-sonnet-4-5", {"max_tokens": 64_001}, "64001 > 64000, which is the maximum"),
        ("claude-sonnet-4-5", {"output_config": {"effort": "low"}}, "effort parameter"),
        ("claude-opus-4-5", {"output_config": {"effort": "max"}}, "effort level 'max'"),
        ("claude-sonnet-4-5", {"thinking": {"type": "adaptive"}}, "adaptive thinking"),
        ("claude-opus-5-5", {"thinking": {"type": "disabled"}}, "not supported"),
        ("claude-opus-5-5", {"thinking": {"type": "between_tools"}}, "not supported"),
        ("claude-opus-5-5", {"tools": [TOOL], "tool_choice": {"type": "any"}}, "forcing"),
        ("claude-opus-4-8", {"temperature": 1}, "`temperature` is not supported"),
        ("claude-sonnet-4-6", {"messages": [HI, SAID]}, "does not support assistant message pre"),
        ("claude-haiku-5-5", {"messages": [HI, SAID]}, "does not support assistant message pre"),
        (
            "claude-sonnet-4-5",
            {"messages": [HI, {**SAID, "content": "Hello "}]},
            "cannot end with trailing whitespace",
        ),
        ("claude-sonnet-4-5", {"messages": [{**HI, "content": " "}]}, "non-whitespace text"),
        ("claude-sonnet-4-5", {"system": "  "}, "non-whitespace text"),
        ("claude-sonnet-4-5", {"messages": picture("image/jpeg")}, "does not match the provided"),
        ("claude-sonnet-4-5", {"messages": picture("image/bmp")}, "Input should be 'image/jpeg'"),
        ("claude-sonnet-4-5", {"messages": picture("image/png", "@")}, "invalid base64"),
        (
            "claude-sonnet-4-5",
            {"system": [{"type": "text", "text": f"{n}", **MARK} for n in range(5)]},
            "A maximum of 4 blocks with cache_control may be provided. Found 5.",
        ),
        (
            "claude-opus-5",
            {"messages": [HI, {"role": "system", "content": "x"}, HI]},
            "must follow a user message",
        ),
        ("claude-sonnet-4-5", form({"type": "object"}), "'additionalProperties' must be"),
        ("claude-sonnet-4-5", form({"type": "integer", "minimum": 1}), "'minimum' is not"),
    ],
)
def test_anthropic(sim, model, change, words):
    body = {"model": model, "max_tokens": 4096, "messages": [HI], **change}
    headers = {"x-api-key": "any", "anthropic-version": OLD}
    reply = httpx.post(f"{sim.url}/v1/messages", json=body, headers=headers)
    error = reply.json()
    assert (reply.status_code, error["type"]) == (400, "error")
    assert error["error"]["type"] == "invalid_request_error"
    assert words in error["error"]["message"]


CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "abcdefghi", "content": "1"}


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"messages": [HI, CALLS, RESULT, HI]}, 400, "Unexpected role 'user' after role 'tool'"),
        ({"messages": [HI, CALLS]}, 400, "Not the same number of function calls and responses"),
        ({"messages": [HI, SAID]}, 400, "Expected last role User or Tool"),
        ({"messages": [HI, {**SAID, "content": ""}, HI]}, 400, "either content or tool_calls"),
        (
            {"messages": [HI, {**CALLS, "tool_calls": [{**CALL, "id": "call_1"}]}, RESULT]},
            400,
            "must be a-z, A-Z, 0-9, with a length of 9",
        ),
        ({"seed": 1}, 422, "Extra inputs are not permitted"),
        ({"stream_options": {}}, 422, "Extra inputs are not permitted"),
        ({"messages": [HI, {**SAID, "reasoning": "x"}, HI]}, 422, "Extra inputs"),
        ({"temperature": 0, "top_p": 0.5}, 400, "greedy sampling"),
    ],
)
def test_mistral(sim, change, status, words):
    body = {"model": "mistral-large-latest", "messages": [HI], **change}
    reply = httpx.post(
        f"{sim.url}/v1/chat/completions", json=body, headers={"authorization": "Bearer any"}
    )
    error = reply.json()
    assert (reply.status_code, error["object"]) == (status, "error")
    assert words in str(error["message"])


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("llama-3.3-70b-versatile", {"top_k": 1}, "property 'top_k' is unsupported"),
        ("llama-3.3-70b-versatile", {"logprobs": True}, "`logprobs` is not supported"),
        ("openai/gpt-oss-20b", {"reasoning_effort": "none"}, "must be one of"),
        (
            "openai/gpt-oss-20b",
            {"messages": [HI, {**SAID, "reasoning_content": "x"}, HI]},
            "property 'reasoning_content' is unsupported",
        ),
        (
            "llama-3.3-70b-versatile",
            {"messages": [HI, {**SAID, "reasoning": "x"}, HI]},
            "reasoning is not supported with this model",
        ),
    ],
)
def test_groq(sim, model, change, words):
    body = {"model": model, "messages": [HI], **change}
    url = f"{sim.url}/openai/v1/chat/completions"
    reply = httpx.post(url, json=body, headers={"authorization": "Bearer any"})
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("grok-4", {"stop": ["x"]}, "stop"),
        ("grok-4", {"reasoning_effort": "low"}, "reasoning_effort"),
        ("grok-4", {"temperature": 3}, "temperature"),
    ],
)
def test_xai_errors_are_texts(sim, model, change, words):
    body = {"model": model, "messages": [HI], **change}
    url = f"{sim.url}/v1/chat/completions"
    reply = httpx.post(url, json=body, headers={"authorization": "Bearer any"})
    assert reply.status_code == 400
    assert words in reply.json()["error"]


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("gpt-4o", {"frequency_penalty": 3}, "frequency_penalty"),
        ("gpt-4o", {"metadata": {str(n): "x" for n in range(17)}}, "at most 16 properties"),
        ("gpt-5.5", {"logprobs": True}, "logprobs"),
        ("gpt-5.5", {"presence_penalty": 1}, "presence_penalty"),
        ("o3", {"reasoning_effort": "none"}, "'low', 'medium', 'high'"),
        ("gpt-5", {"reasoning_effort": "max"}, "'minimal', 'low', 'medium', 'high'"),
        ("gpt-6-astra", {"reasoning_effort": "none"}, "Supported values are"),
    ],
)
def test_openai_chat(sim, model, change, words):
    body = {"model": model, "messages": [HI], **change}
    url = f"{sim.url}/v1/chat/completions"
    reply = httpx.post(url, json=body, headers={"authorization": "Bearer any"})
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
ANSWER = {"type": "message", "id": "msg_1", "role": "assistant", "content": "Hello"}


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("gpt-4o", {"input": [HI, THOUGHT, ANSWER, HI]}, "Reasoning input items can only be"),
        ("gpt-4o", {"include": ["reasoning.encrypted_content"]}, "Encrypted content is not"),
        ("gpt-5.5", {"input": [HI, {**THOUGHT, "id": "x"}, ANSWER]}, "begins with 'rs'"),
        ("gpt-5.5", {"input": [HI, {**ANSWER, "id": "x"}, HI]}, "begins with 'msg'"),
    ],
)
def test_openai_responses(sim, model, change, words):
    body = {"model": model, "input": "Hi", **change}
    reply = httpx.post(
        f"{sim.url}/v1/responses", json=body, headers={"authorization": "Bearer any"}
    )
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]


FUNCTION = {"functionDeclarations": [{"name": "f"}]}


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        ("gemini-2.5-flash", {"generationConfig": {"temperature": 3}}, "range [0.0, 2.0]"),
        ("gemini-2.5-flash", {"generationConfig": {"stopSequences": list("abcdef")}}, "<= 5"),
        ("gemini-2.5-flash", {"tools": [FUNCTION, {"googleSearch": {}}]}, "is unsupported"),
        (
            "gemini-2.5-flash",
            {"tools": [FUNCTION], "generationConfig": {"responseMimeType": "application/json"}},
            "Function calling with a response mime type",
        ),
        (
            "gemini-2.5-pro",
            {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
            "only works in thinking mode",
        ),
        (
            "gemini-2.5-flash",
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
            "Thinking level is not supported",
        ),
        (
            "gemini-3.8-flash",
            {"generationConfig": {"thinkingConfig": {"thinkingLevel": "XHIGH"}}},
            "Thinking level XHIGH",
        ),
    ],
)
def test_gemini(sim, model, change, words):
    body = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], **change}
    url = f"{sim.url}/v1beta/models/{model}:generateContent"
    reply = httpx.post(url, json=body, headers={"x-goog-api-key": "any"})
    error = reply.json()["error"]
    assert (reply.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert words in error["message"]


SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
PDF = {"format": "pdf", "name": "a", "source": {"bytes": "JVBERg=="}}


@pytest.mark.parametrize(
    ("model", "change", "words"),
    [
        (SONNET, {"inferenceConfig": {"temperature": 1.5}}, "less than or equal to 1"),
        (SONNET, {"inferenceConfig": {"temperature": 0.5, "topP": 0.5}}, "cannot both be"),
        (SONNET, {"inferenceConfig": {"stopSequences": ["\n"]}}, "non-whitespace"),
        ("us.anthropic.claude-opus-4-8-v1:0", {"inferenceConfig": {"topP": 0.5}}, "not supported"),
        (SONNET, {"content": [{"document": PDF}]}, "a text block is required"),
        (SONNET, {"content": [{"text": "x"}, {"document": {**PDF, "name": "a  b"}}]}, "consec"),
        (SONNET, {"content": [{"image": {**PDF, "format": "bmp"}}]}, "enum value set"),
        (
            "us.anthropic.claude-opus-4-8-v1:0",
            {"more": [{"role": "assistant", "content": [{"text": "x"}]}]},
            "does not support assistant message prefill",
        ),
    ],
)
def test_bedrock(sim, model, change, words):
    content = change.pop("content", [{"text": "Hi"}])
    body = {"messages": [{"role": "user", "content": content}, *change.pop("more", [])], **change}
    url = f"{sim.url}/model/{model.replace(':', '%3A')}/converse"
    reply = httpx.post(url, json=body, headers={"authorization": "Bearer any"})
    assert reply.status_code == 400
    assert reply.headers["x-amzn-errortype"].startswith("ValidationException")
    assert words in reply.json()["message"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"documents": ["x"], "response_format": {"type": "json_object"}}, "response_format"),
        ({"documents": ["x"], "safety_mode": "STRICT"}, "safety_mode"),
        ({"stop_sequences": list("abcdef")}, "at most 5"),
        ({"p": 1}, "p must be between"),
    ],
)
def test_cohere(sim, change, words):
    body = {"model": "command-a-03-2025", "messages": [HI], **change}
    reply = httpx.post(f"{sim.url}/v2/chat", json=body, headers={"authorization": "Bearer any"})
    assert reply.status_code == 400
    assert words in reply.json()["message"]


def test_ollama_models_that_do_not_think(sim):
    body = {"model": "llama3.2", "messages": [HI], "think": True}
    reply = httpx.post(f"{sim.url}/api/chat", json=body)
    assert (reply.status_code, reply.json()["error"]) == (
        400,
        '"llama3.2" does not support thinking',
    )
