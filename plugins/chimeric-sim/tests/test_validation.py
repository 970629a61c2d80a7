"""The simulator as a judge: what each real service refuses, it refuses in the service's words."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from chimeric_sim import Simulator

CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
USER = {"role": "user", "content": "hi"}
GEMINI_CALL = {"role": "model", "parts": [{"functionCall": {"name": "add", "args": {}}}]}
GEMINI_USER = {"role": "user", "parts": [{"text": "hi"}]}
CONVERSE_USER = {"role": "user", "content": [{"text": "hi"}]}
CONVERSE_CALL = {
    "role": "assistant",
    "content": [{"toolUse": {"toolUseId": "t1", "name": "add", "input": {}}}],
}
TOOL_CONFIG = {
    "tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": {"type": "object"}}}}]
}


def post(sim: Simulator, path: str, body: Any, **headers: str) -> httpx.Response:
    common = {"authorization": "Bearer any", "anthropic-version": "2026-10-21"}
    common["x-goog-api-key"] = "any"
    return httpx.post(sim.url + path, json=body, headers={**common, **headers})


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"messages": [USER]}, "model", "model parameter"),
        ({"model": "story"}, "messages", "Missing required parameter"),
        ({"model": "story", "messages": []}, "messages", "empty array"),
        ({"model": "story", "messages": "hi"}, "messages", "expected an array"),
        ({"model": "story", "messages": [{"role": "robot"}]}, "messages[0].role", "'robot'"),
        ({"model": "story", "messages": [{"role": "user"}]}, "messages[0].content", "null"),
        (
            {"model": "story", "messages": [{"role": "tool", "content": "x", "tool_call_id": "c"}]},
            "messages.[0].role",
            "must be a response to",
        ),
        (
            {"model": "story", "messages": [{"role": "assistant", "tool_calls": [CALL]}, USER]},
            "messages.[1].role",
            "did not have response messages: call_1",
        ),
        (
            {
                "model": "story",
                "messages": [USER],
                "tools": [{"type": "function", "function": {"name": "not a name"}}],
            },
            "tools[0].function.name",
            "does not match pattern",
        ),
        (
            {
                "model": "story",
                "messages": [USER],
                "tools": [
                    {
                        "type": "function",
                        "function": {"name": "f", "strict": True, "parameters": {"type": "object"}},
                    }
                ],
            },
            "tools[0].function.parameters",
            "'additionalProperties' is required",
        ),
        ({"model": "story", "messages": [USER], "tool_choice": "auto"}, "tool_choice", "only"),
        ({"model": "story", "messages": [USER], "temperature": 3}, "temperature", "maximum"),
        ({"model": "o3", "messages": [USER], "max_tokens": 9}, "max_tokens", "not supported"),
        ({"model": "gpt-5", "messages": [USER], "temperature": 0.2}, "temperature", "default (1)"),
        ({"model": "gpt-4o", "messages": [USER], "top_k": 1}, "top_k", "Unrecognized"),
        ({"model": "story", "messages": [USER], "sim": {"speed": 1}}, "sim.speed", "no setting"),
    ],
)
def test_chat_completions(sim, body, param, words):
    reply = post(sim, "/v1/chat/completions", body)
    error = reply.json()["error"]
    assert reply.status_code == 400
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert words in error["message"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "first message must use"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": [{"type": "poem"}]}]}, "'poem'"),
        ({"tools": [{"name": "not a name", "input_schema": {"type": "object"}}]}, "pattern"),
        ({"tools": [{"name": "f", "input_schema": {"type": "string"}}]}, "'object'"),
        ({"tool_choice": {"type": "any"}}, "while providing tools"),
        ({"thinking": {"type": "enabled", "budget_tokens": 10}}, "1024"),
        ({"seed": 1}, "seed: Extra inputs are not permitted"),
        ({"temperature": 0.5}, "temperature: Extra inputs"),
        ({"messages": "x"}, "valid list"),
        ({"system": [{"type": "text", "text": " "}]}, "non-whitespace"),
    ],
)
def test_messages(sim, change, words):
    body = {"model": "story", "max_tokens": 99, "messages": [USER], **change}
    reply = post(sim, "/v1/messages", {k: v for k, v in body.items() if v is not None})
    assert reply.status_code == 400
    error = reply.json()
    assert error["type"] == "error"
    assert error["error"]["type"] == "invalid_request_error"
    assert words in error["error"]["message"]
    assert error["request_id"] == reply.headers["request-id"]


def test_messages_want_a_version_and_an_older_one_takes_sampling(sim):
    body = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [USER], "top_p": 0.5}
    reply = httpx.post(f"{sim.url}/v1/messages", json=body, headers={"x-api-key": "any"})
    assert "anthropic-version" in reply.json()["error"]["message"]
    assert post(sim, "/v1/messages", body, **{"anthropic-version": "2023-06-01"}).is_success
    newer = {**body, "model": "claude-sonnet-5"}
    assert not post(sim, "/v1/messages", newer, **{"anthropic-version": "2023-06-01"}).is_success


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"messages": [USER, {"role": "assistant", "content": "So"}]}, "prefill"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "thinking.type.adaptive"),
        (
            {
                "tools": [{"name": "f", "input_schema": {"type": "object"}}],
                "tool_choice": {"type": "any"},
            },
            "forcing",
        ),
    ],
)
def test_newer_claude_models_refuse_what_older_ones_took(sim, change, words):
    body = {"model": "claude-sonnet-5-5", "max_tokens": 4000, "messages": [USER], **change}
    assert words in post(sim, "/v1/messages", body).json()["error"]["message"]
    assert post(sim, "/v1/messages", {**body, "model": "claude-sonnet-4-5"}).is_success


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "contents is not specified"),
        ({"contents": [{"role": "system", "parts": [{"text": "x"}]}]}, "valid role"),
        ({"contents": [{"role": "user", "parts": []}]}, "must not be empty"),
        ({"contents": [{"role": "user", "parts": [{}]}]}, "oneof field"),
        ({"contents": [GEMINI_USER, GEMINI_CALL]}, "number of function response parts"),
        ({"contents": [GEMINI_CALL, GEMINI_USER]}, "immediately after a user turn"),
        ({"contents": [GEMINI_USER], "messages": []}, 'Unknown name "messages"'),
        (
            {
                "contents": [GEMINI_USER],
                "tools": [{"functionDeclarations": [{"name": "9 lives"}]}],
            },
            "Invalid function name",
        ),
        (
            {
                "contents": [
                    {
                        "role": "user",
                        "parts": [{"functionResponse": {"name": "add", "response": {}}}],
                    }
                ]
            },
            "immediately after a function call turn",
        ),
        (
            {
                "contents": [
                    {"role": "user", "parts": [{"inlineData": {"mimeType": "i", "data": "%"}}]}
                ]
            },
            "Base64 decoding failed",
        ),
    ],
)
def test_gemini(sim, body, words):
    reply = post(sim, "/v1beta/models/story:generateContent", body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert words in error["message"]


def test_gemini_takes_the_documented_dummy_signature(sim):
    call = {**GEMINI_CALL["parts"][0], "thoughtSignature": "skip_thought_signature_validator"}
    answer = {"functionResponse": {"name": "add", "response": {"output": "5"}}}
    contents = [
        GEMINI_USER,
        {"role": "model", "parts": [call]},
        {"role": "user", "parts": [answer]},
    ]
    path = "/v1beta/models/gemini-3.8-flash:generateContent"
    assert post(sim, path, {"contents": contents}).is_success
    call["thoughtSignature"] = "forged"
    assert "Corrupted" in post(sim, path, {"contents": contents}).json()["error"]["message"]


def test_gemini_takes_both_spellings_and_streams_an_array_without_sse(sim):
    body = {"contents": GEMINI_USER, "generation_config": {"max_output_tokens": 20}}
    reply = post(sim, "/v1beta/models/story:streamGenerateContent", body)
    frames = reply.json()
    assert reply.headers["content-type"] == "application/json; charset=UTF-8"
    assert frames[-1]["candidates"][0]["finishReason"] == "MAX_TOKENS"
    reply = post(sim, "/v1beta/models/story:streamGenerateContent?alt=sse", body)
    assert reply.content.startswith(b'data: {"candidates": ')
    assert reply.content.endswith(b"}\r\n\r\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"messages": []}, "at least 1 element"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role must be one of"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]}, "missing tool results"),
        ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]}, "not found"),
        ({"tool_choice": "auto"}, "REQUIRED, NONE"),
        ({"top_p": 0.5}, "unknown field"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "parameters is required"),
    ],
)
def test_cohere(sim, change, words):
    reply = post(sim, "/v2/chat", {"model": "story", "messages": [USER], **change})
    assert reply.status_code == 400
    assert words in reply.json()["message"]
    assert reply.headers["x-debug-trace-id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": ""}, "model is required"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "invalid role"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "cannot unmarshal array"),
        ({"messages": [{**USER, "images": ["data:image/png;base64,x"]}]}, "illegal base64"),
        ({"messages": [{"role": "assistant", "tool_calls": [CALL]}]}, "cannot unmarshal string"),
    ],
)
def test_ollama(sim, change, words):
    reply = post(sim, "/api/chat", {"model": "story", "messages": [USER], **change})
    assert reply.status_code == 400
    assert words in reply.json()["error"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'messages'"),
        ({"messages": [{"role": "assistant", "content": [{"text": "x"}]}]}, "start with a user"),
        ({"messages": [CONVERSE_USER, CONVERSE_USER]}, "must alternate"),
        ({"messages": [{"role": "user", "content": []}]}, "is empty"),
        ({"messages": [{"role": "user", "content": [{"text": " "}]}]}, "is blank"),
        ({"messages": [{"role": "user", "content": [{"poem": 1}]}]}, "must set one of"),
        ({"messages": [CONVERSE_USER, CONVERSE_CALL]}, "toolConfig field must be defined"),
        (
            {"messages": [CONVERSE_USER, CONVERSE_CALL], "toolConfig": TOOL_CONFIG},
            "Expected toolResult blocks",
        ),
        ({"messages": [CONVERSE_USER], "toolConfig": {"tools": []}}, "greater than or equal to 1"),
    ],
)
def test_converse(sim, body, words):
    reply = post(sim, "/model/story/converse", body)
    assert reply.status_code == 400
    assert reply.headers["x-amzn-errortype"] == "ValidationException:"
    assert words in reply.json()["message"]


PATHS = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1beta/models/story:generateContent",
    "/v2/chat",
    "/api/chat",
    "/model/story/converse",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_malformed_body_is_a_400_everywhere(sim, path, content):
    headers = {"authorization": "Bearer any", "x-goog-api-key": "any", "anthropic-version": "2"}
    reply = httpx.post(sim.url + path, content=content, headers=headers)
    assert reply.status_code == 400
    assert reply.json()


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_wrong_types_is_a_400_everywhere(sim, path):
    body = {"model": "story", "messages": [7], "input": [7], "contents": [7], "max_tokens": 9}
    assert post(sim, path, body).status_code == 400


@pytest.mark.parametrize("path", [p for p in PATHS if p != "/api/chat"])
def test_a_missing_key_is_refused(sim, path):
    reply = httpx.post(sim.url + path, json={}, headers={"anthropic-version": "2026-10-21"})
    assert reply.status_code in (401, 403)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_status_can_be_asked_for(sim, path, status):
    settings = {"x-sim-status": str(status), "x-sim-retry-after": "7"}
    reply = post(sim, path, {}, **settings)
    assert reply.status_code == status
    assert reply.headers.get("retry-after", "7") == "7"


def test_only_the_given_keys_are_accepted():
    with Simulator(keys=["secret-1"]) as sim:
        body = {"model": "story", "messages": [USER]}
        path = "/v1/chat/completions"
        assert post(sim, path, body, authorization="Bearer secret-1").is_success
        refused = post(sim, path, body, authorization="Bearer secret-2")
        assert refused.status_code == 401
        assert "secret-2" not in refused.text


def test_unknown_paths_and_methods_are_told(sim):
    assert httpx.get(f"{sim.url}/v1/poems").status_code == 404
    assert httpx.get(f"{sim.url}/v1/chat/completions").status_code == 405
