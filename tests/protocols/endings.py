"""An ordinary answer of the text "over" in each protocol, for the turn after the tools."""

from __future__ import annotations

import binascii
import struct
from typing import Any

from .case import body_of, ndjson, sse

__all__ = ["ENDINGS", "bedrock_event", "bedrock_stream"]


def bedrock_event(name: str, payload: Any, kind: str = "event") -> bytes:
    """One message of AWS's binary event stream."""
    headers = {":message-type": kind, ":content-type": "application/json"}
    headers[":event-type" if kind == "event" else ":exception-type"] = name
    head = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in headers.items()
    )
    body = payload if isinstance(payload, bytes) else body_of(payload)
    total = 12 + len(head) + len(body) + 4
    prelude = struct.pack(">II", total, len(head))
    message = prelude + struct.pack(">I", binascii.crc32(prelude)) + head + body
    return message + struct.pack(">I", binascii.crc32(message))


def bedrock_stream(*events: tuple[str, Any]) -> bytes:
    """Several events."""
    return b"".join(bedrock_event(name, payload) for name, payload in events)


CHAT = sse(
    {"choices": [{"index": 0, "delta": {"content": "over"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    done=True,
)
CHAT_WHOLE = body_of(
    {"choices": [{"index": 0, "message": {"content": "over"}, "finish_reason": "stop"}]}
)
MESSAGE = {
    "type": "message",
    "id": "msg_over",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "over", "annotations": []}],
}
RESPONSES = sse(
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "over"},
    {
        "type": "response.completed",
        "response": {"id": "r2", "status": "completed", "output": [MESSAGE]},
    },
)
RESPONSES_WHOLE = body_of({"id": "r2", "status": "completed", "output": [MESSAGE]})
ANTHROPIC = sse(
    ("message_start", {"type": "message_start", "message": {"id": "m2", "content": []}}),
    (
        "content_block_start",
        {
            "type": "content_block_start",
            "index": 0,
            "content_block": {"type": "text", "text": ""},
        },
    ),
    (
        "content_block_delta",
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "over"},
        },
    ),
    ("content_block_stop", {"type": "content_block_stop", "index": 0}),
    ("message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
    ("message_stop", {"type": "message_stop"}),
)
ANTHROPIC_WHOLE = body_of(
    {
        "type": "message",
        "id": "m2",
        "content": [{"type": "text", "text": "over"}],
        "stop_reason": "end_turn",
    }
)
CANDIDATE = {
    "candidates": [{"content": {"parts": [{"text": "over"}]}, "finishReason": "STOP", "index": 0}]
}
COHERE = sse(
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "over"}}}},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
)
COHERE_WHOLE = body_of(
    {"message": {"content": [{"type": "text", "text": "over"}]}, "finish_reason": "COMPLETE"}
)
CONVERSE = bedrock_stream(
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "over"}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}}),
)
CONVERSE_WHOLE = body_of(
    {"output": {"message": {"content": [{"text": "over"}]}}, "stopReason": "end_turn"}
)
OLLAMA = {"message": {"content": "over"}, "done": True, "done_reason": "stop"}

CHAT_PROVIDERS = ("compatible", "openrouter", "groq", "mistral", "cerebras", "deepseek")

ENDINGS: dict[tuple[str, str | None, bool], bytes] = {
    **{(name, None, True): CHAT for name in CHAT_PROVIDERS},
    **{(name, None, False): CHAT_WHOLE for name in CHAT_PROVIDERS},
    **{(name, "chat_completions", True): CHAT for name in ("openai", "grok")},
    **{(name, "chat_completions", False): CHAT_WHOLE for name in ("openai", "grok")},
    **{(name, api, True): RESPONSES for name in ("openai", "grok") for api in (None, "responses")},
    **{
        (name, api, False): RESPONSES_WHOLE
        for name in ("openai", "grok")
        for api in (None, "responses")
    },
    ("anthropic", None, True): ANTHROPIC,
    ("anthropic", None, False): ANTHROPIC_WHOLE,
    ("google", None, True): sse(CANDIDATE),
    ("google", None, False): body_of(CANDIDATE),
    ("cohere", None, True): COHERE,
    ("cohere", None, False): COHERE_WHOLE,
    ("bedrock", None, True): CONVERSE,
    ("bedrock", None, False): CONVERSE_WHOLE,
    ("ollama", None, True): ndjson([OLLAMA]),
    ("ollama", None, False): body_of(OLLAMA),
}
"""By provider, ``api`` option and whether it is streamed."""
