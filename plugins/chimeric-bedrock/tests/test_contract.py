"""Bedrock passes the provider contract."""

from __future__ import annotations

import struct
from typing import Any
from zlib import crc32

import msgspec
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, PermissionDeniedError, RateLimitError, Usage


def frame(headers: dict[str, str], payload: Any) -> bytes:
    """A message of an AWS event stream."""
    head = b""
    for name, value in headers.items():
        head += struct.pack("!B", len(name)) + name.encode()
        head += struct.pack("!BH", 7, len(value)) + value.encode()
    body = msgspec.json.encode(payload)
    prelude = struct.pack("!II", len(head) + len(body) + 16, len(head))
    message = prelude + struct.pack("!I", crc32(prelude)) + head + body
    return message + struct.pack("!I", crc32(message))


def event(name: str, **payload: Any) -> bytes:
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return frame(headers, {**payload, "p": "abcdef"})


def block(index: int, *deltas: Any) -> bytes:
    """Deltas of a content block, and its end."""
    return b"".join(
        event("contentBlockDelta", contentBlockIndex=index, delta=delta) for delta in deltas
    ) + event("contentBlockStop", contentBlockIndex=index)


USAGE = {"inputTokens": 5, "outputTokens": 6, "totalTokens": 15, "cacheReadInputTokens": 4}
COUNTED = Usage.of(9, 6, 15, cached=4)
START = event("messageStart", role="assistant")


def end(reason: str) -> bytes:
    return event("messageStop", stopReason=reason) + event(
        "metadata", usage=USAGE, metrics={"latencyMs": 7}
    )


def whole(content: Any, reason: str) -> bytes:
    return msgspec.json.encode(
        {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": reason,
            "usage": USAGE,
            "metrics": {"latencyMs": 7},
        }
    )


class TestBedrock(ProviderContract):
    provider = "bedrock"
    streams = {
        "text": Recorded(
            body=START
            + block(0, {"reasoningContent": {"text": "Think."}})
            + block(1, {"text": "Once \u2028upon"}, {"text": " a t\u00efme"})
            + end("end_turn"),
            text="Once \u2028upon a t\u00efme",
            reasoning="Think.",
            finish_reason_native="end_turn",
            usage=COUNTED,
        ),
        "a tool": Recorded(
            body=START
            + event(
                "contentBlockStart",
                contentBlockIndex=0,
                start={"toolUse": {"toolUseId": "tooluse_1", "name": "weather"}},
            )
            + block(0, {"toolUse": {"input": '{"city":'}}, {"toolUse": {"input": '"Oslo"}'}})
            + end("tool_use"),
            tool_calls=(("tooluse_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=START + block(0, {"text": "Once"}) + end("max_tokens"),
            text="Once",
            finish_reason="length",
        ),
    }
    answers = {
        "text": Recorded(body=whole([{"text": "Once"}], "end_turn"), text="Once", usage=COUNTED),
        "a tool": Recorded(
            body=whole(
                [
                    {
                        "toolUse": {
                            "toolUseId": "tooluse_1",
                            "name": "weather",
                            "input": {"city": "Oslo"},
                        }
                    }
                ],
                "tool_use",
            ),
            tool_calls=(("tooluse_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
    }
    stream_errors = {
        "throttled": RecordedError(
            body=START
            + event("contentBlockDelta", contentBlockIndex=0, delta={"text": "Once"})
            + frame(
                {":exception-type": "throttlingException", ":message-type": "exception"},
                {"message": "Too many tokens"},
            ),
            message="Too many tokens",
            error=RateLimitError,
            text="Once",
        )
    }
    errors = {
        "403": RecordedError(
            status=403,
            body=b'{"message":"The security token is invalid"}',
            message="The security token is invalid",
            error=PermissionDeniedError,
        ),
        "400": RecordedError(
            status=400,
            body=b'{"message":"Malformed input"}',
            message="Malformed input",
            error=BadRequestError,
        ),
    }
