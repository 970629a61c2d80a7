"""One request in each protocol, and how to read what is answered."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from chimeric_dialects import (
    ChatCompletions,
    Cohere,
    Converse,
    Dialect,
    Gemini,
    Interactions,
    Messages,
    Ollama,
    Request,
    Responses,
)

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}}
FUNCTION = {"type": "function", "function": {"name": "add", "parameters": SCHEMA}}
CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ],
    "tools": [FUNCTION],
}


def server_sent(stream: bytes) -> list[Any]:
    """The payloads of server-sent events; ``[DONE]`` as it is."""
    lines = [line[6:] for line in stream.splitlines() if line.startswith(b"data: ")]
    return [line if line == b"[DONE]" else json.loads(line) for line in lines]


def lines(stream: bytes) -> list[Any]:
    """Lines of JSON."""
    return [json.loads(line) for line in stream.splitlines()]


def frames(stream: bytes) -> list[Any]:
    """Frames of the AWS event stream as ``{type: payload}``."""
    found: list[Any] = []
    while stream:
        total, head = struct.unpack(">II", stream[:8])
        headers, names = stream[12 : 12 + head], {}
        while headers:
            size = headers[0]
            name, headers = headers[1 : 1 + size].decode(), headers[2 + size :]
            (size,) = struct.unpack(">H", headers[:2])
            names[name], headers = headers[2 : 2 + size].decode(), headers[2 + size :]
        kind = names.get(":event-type") or names[":exception-type"]
        found.append({kind: json.loads(stream[12 + head : total - 4])})
        stream = stream[total:]
    return found


@dataclass(frozen=True)
class Case:
    """A protocol under test.

    Attributes:
        dialect: the protocol.
        target: where a request goes; ``whole`` where one for a whole answer goes.
        body: a body with a system text, the user text "Hi" and the tool "add".
        events: how to cut a stream.
        texts: the texts in its events.
        ended: whether events end well.
        failed: whether events end with an error.
        content: the text of a whole answer.
        message: the words of an error.
        calls: names, arguments and ids of the calls in a whole answer.
    """

    dialect: Dialect
    target: str
    body: dict[str, Any]
    texts: Callable[[list[Any]], list[str]]
    ended: Callable[[list[Any]], bool]
    failed: Callable[[list[Any]], bool]
    content: Callable[[Any], str]
    message: Callable[[Any], str]
    calls: Callable[[Any], list[tuple[str, Any, str]]]
    events: Callable[[bytes], list[Any]] = server_sent
    whole: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": "Bearer any"})

    def request(self, body: Any = None, *, stream: bool = True) -> Request:
        """The request, with ``body`` in place of the good one."""
        body = self.body if body is None else body
        target = self.target if stream else self.whole or self.target
        if isinstance(body, dict) and not self.whole:
            body = {**body, "stream": stream}
        return Request("POST", target, self.headers, json.dumps(body).encode())


CASES = {
    "chat_completions": Case(
        ChatCompletions(),
        "/v1/chat/completions",
        {"model": "any", **CHAT},
        texts=lambda events: [
            text
            for event in events[:-1]
            for choice in event["choices"]
            if (text := choice["delta"].get("content"))
        ],
        ended=lambda events: events[-1] == b"[DONE]",
        failed=lambda events: events[-1] != b"[DONE]" and "error" in events[-1],
        content=lambda body: body["choices"][0]["message"]["content"],
        message=lambda body: body["error"]["message"],
        calls=lambda body: [
            (c["function"]["name"], json.loads(c["function"]["arguments"]), c["id"])
            for c in body["choices"][0]["message"]["tool_calls"]
        ],
    ),
    "responses": Case(
        Responses(),
        "/v1/responses",
        {
            "model": "any",
            "instructions": "Be brief.",
            "input": "Hi",
            "tools": [{"type": "function", "name": "add", "parameters": SCHEMA}],
        },
        texts=lambda events: [
            e["delta"] for e in events if e["type"] == "response.output_text.delta"
        ],
        ended=lambda events: events[-1]["type"] == "response.completed",
        failed=lambda events: events[-1]["type"] == "response.failed",
        content=lambda body: "".join(
            part["text"]
            for item in body["output"]
            if item["type"] == "message"
            for part in item["content"]
        ),
        message=lambda body: body["error"]["message"],
        calls=lambda body: [
            (item["name"], json.loads(item["arguments"]), item["call_id"])
            for item in body["output"]
            if item["type"] == "function_call"
        ],
    ),
    "messages": Case(
        Messages(),
        "/v1/messages",
        {
            "model": "any",
            "max_tokens": 2000,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "Hi"}],
            "tools": [{"name": "add", "input_schema": SCHEMA}],
        },
        texts=lambda events: [
            e["delta"]["text"]
            for e in events
            if e["type"] == "content_block_delta" and e["delta"]["type"] == "text_delta"
        ],
        ended=lambda events: events[-1]["type"] == "message_stop",
        failed=lambda events: events[-1]["type"] == "error",
        content=lambda body: "".join(b["text"] for b in body["content"] if b["type"] == "text"),
        message=lambda body: body["error"]["message"],
        calls=lambda body: [
            (b["name"], b["input"], b["id"]) for b in body["content"] if b["type"] == "tool_use"
        ],
        headers={"x-api-key": "any", "anthropic-version": "2023-06-01"},
    ),
    "gemini": Case(
        Gemini(),
        "/v1beta/models/any:streamGenerateContent?alt=sse",
        {
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
            "tools": [{"functionDeclarations": [{"name": "add", "parameters": SCHEMA}]}],
        },
        texts=lambda events: [
            text
            for event in events
            for part in event["candidates"][0]["content"]["parts"]
            if not part.get("thought") and (text := part.get("text"))
        ],
        ended=lambda events: "finishReason" in events[-1].get("candidates", [{}])[0],
        failed=lambda events: "error" in events[-1],
        content=lambda body: "".join(
            part.get("text", "")
            for part in body["candidates"][0]["content"]["parts"]
            if not part.get("thought")
        ),
        message=lambda body: body["error"]["message"],
        calls=lambda body: [
            (call["name"], call["args"], call["id"])
            for part in body["candidates"][0]["content"]["parts"]
            if (call := part.get("functionCall"))
        ],
        whole="/v1beta/models/any:generateContent",
        headers={"x-goog-api-key": "any"},
    ),
    "interactions": Case(
        Interactions(),
        "/v1beta/interactions",
        {
            "model": "any",
            "system_instruction": "Be brief.",
            "input": "Hi",
            "tools": [{"type": "function", "name": "add", "parameters": SCHEMA}],
        },
        texts=lambda events: [
            e["delta"]["text"]
            for e in events[:-1]
            if e["event_type"] == "step.delta" and e["delta"]["type"] == "text"
        ],
        ended=lambda events: events[-1] == b"[DONE]",
        failed=lambda events: events[-1] != b"[DONE]" and events[-1]["event_type"] == "error",
        content=lambda body: "".join(
            content["text"]
            for step in body["steps"]
            if step["type"] == "model_output"
            for content in step["content"]
            if content["type"] == "text"
        ),
        message=lambda body: body["error"]["message"],
        calls=lambda body: [
            (step["name"], step["arguments"], step["id"])
            for step in body["steps"]
            if step["type"] == "function_call"
        ],
        headers={"x-goog-api-key": "any"},
    ),
    "cohere": Case(
        Cohere(),
        "/v2/chat",
        {"model": "any", **CHAT},
        texts=lambda events: [
            text
            for e in events[:-1]
            if e["type"] == "content-delta"
            and (text := e["delta"]["message"]["content"].get("text"))
        ],
        ended=lambda events: events[-2]["delta"]["finish_reason"] != "ERROR",
        failed=lambda events: events[-2]["delta"]["finish_reason"] == "ERROR",
        content=lambda body: "".join(c.get("text", "") for c in body["message"]["content"]),
        message=lambda body: body["message"],
        calls=lambda body: [
            (c["function"]["name"], json.loads(c["function"]["arguments"]), c["id"])
            for c in body["message"]["tool_calls"]
        ],
    ),
    "converse": Case(
        Converse(),
        "/model/any/converse-stream",
        {
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": SCHEMA}}}]
            },
        },
        texts=lambda events: [
            text
            for e in events
            if (text := e.get("contentBlockDelta", {}).get("delta", {}).get("text"))
        ],
        ended=lambda events: "metadata" in events[-1] and "messageStop" in events[-2],
        failed=lambda events: "serviceUnavailableException" in events[-1],
        content=lambda body: "".join(
            b.get("text", "") for b in body["output"]["message"]["content"]
        ),
        message=lambda body: body["message"],
        calls=lambda body: [
            (call["name"], call["input"], call["toolUseId"])
            for b in body["output"]["message"]["content"]
            if (call := b.get("toolUse"))
        ],
        events=frames,
        whole="/model/any/converse",
    ),
    "ollama": Case(
        Ollama(),
        "/api/chat",
        {"model": "any", **CHAT},
        texts=lambda events: [t for e in events if (t := e.get("message", {}).get("content"))],
        ended=lambda events: events[-1].get("done") is True,
        failed=lambda events: "error" in events[-1],
        content=lambda body: body["message"]["content"],
        message=lambda body: body["error"],
        calls=lambda body: [
            (c["function"]["name"], c["function"]["arguments"], c["id"])
            for c in body["message"]["tool_calls"]
        ],
        events=lines,
    ),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    """Each protocol in turn."""
    return request.param
