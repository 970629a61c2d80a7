"""What real servers always send around an answer, where a case leaves it out for shortness.

Cases hold what they are about. A client that checks a whole answer against its schema would fail
for a missing id, which says nothing about the case; so each object gets the fields that its
protocol's servers always send, unless it has them. Everything else stays byte for byte.
"""

from __future__ import annotations

import json
from typing import Any

from .announced import announced

__all__ = ["dressed"]

USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
CHUNK = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
COMPLETION = {**CHUNK, "object": "chat.completion", "usage": USAGE}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "model": "m-1",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m-1",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
COUNTS = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
TEXTS = ("response.output_text.delta", "response.output_text.done")
LINE = {"model": "m-1", "created_at": "2026-01-01T00:00:00Z"}


def dressed(body: bytes, protocol: str, stream: bool, kind: str = "") -> bytes:
    """The body with each of its objects complete around."""
    if protocol == "bedrock":
        return body
    if not stream:
        return _object(body, protocol, stream)
    told = announced(body, protocol, kind)
    return b"\n".join(_line(line, protocol) for line in told.split(b"\n"))


def _line(line: bytes, protocol: str) -> bytes:
    start = line.find(b"{")
    if start < 0 or line[:start] not in (b"", b"data:", b"data: "):
        return line
    return line[:start] + _object(line[start:], protocol, True)


def _object(text: bytes, protocol: str, stream: bool) -> bytes:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if not isinstance(value, dict):
        return text
    before = json.dumps(value)
    _dress(value, protocol, stream)
    after = json.dumps(value)
    return text if before == after else after.encode()


def _dress(value: dict[str, Any], protocol: str, stream: bool) -> None:
    if protocol == "chat" and isinstance(value.get("choices"), list):
        _complete(value, CHUNK if stream else COMPLETION)
        if not stream:
            for choice in value["choices"]:
                _choice(choice)
    elif protocol == "responses" and stream and isinstance(value.get("response"), dict):
        _complete(value["response"], RESPONSE)
    elif protocol == "responses" and stream and value.get("type") in TEXTS:
        _complete(value, {"logprobs": [], "sequence_number": 1})
    elif protocol == "responses" and not stream and "output" in value:
        _complete(value, RESPONSE)
    elif protocol == "anthropic" and isinstance(value.get("message"), dict):
        _complete(value["message"], MESSAGE)
    elif protocol == "anthropic" and value.get("type") == "message_delta":
        _complete(value, {"usage": {"output_tokens": 1}})
    elif protocol == "google" and isinstance(value.get("candidates"), list):
        _complete(value, {"usageMetadata": COUNTS, "modelVersion": "m-1", "responseId": "r-1"})
    elif protocol == "anthropic" and not stream and "content" in value:
        _complete(value, MESSAGE)
    elif protocol == "ollama" and isinstance(value.get("message"), dict):
        _complete(value, LINE)
        _complete(value["message"], {"role": "assistant"})
    elif protocol == "cohere" and not stream and isinstance(value.get("message"), dict):
        _complete(value, {"id": "c-1"})
        _complete(value["message"], {"role": "assistant"})


def _choice(choice: Any) -> None:
    """A choice of a whole answer; its index is left to the case, which may be about it."""
    if isinstance(choice, dict) and isinstance(choice.get("message"), dict):
        _complete(choice["message"], {"role": "assistant"})
        if isinstance(choice["message"].get("audio"), dict):
            _complete(choice["message"]["audio"], {"id": "a", "data": "", "expires_at": 1})


def _complete(value: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, content in fields.items():
        value.setdefault(name, content)
