"""Bedrock passes the provider contract over the protocols of Anthropic and OpenAI, too."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from chimeric_chat_completions.contract import ChatContract
from chimeric_responses.contract import ResponsesContract
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, Event, RateLimitError, Usage

from .conftest import encode_message


def framed(payload: bytes) -> bytes:
    """A frame of InvokeModel around an event of Messages."""
    headers: dict[str, str | bytes | bool | int] = {
        ":event-type": "chunk",
        ":content-type": "application/json",
        ":message-type": "event",
    }
    told = {"bytes": base64.b64encode(payload).decode(), "p": "abcdef"}
    return encode_message(headers, msgspec.json.encode(told))


def event(kind: str, **body: Any) -> bytes:
    return framed(msgspec.json.encode({"type": kind, **body}))


def failed(kind: str, message: str) -> bytes:
    headers: dict[str, str | bytes | bool | int] = {
        ":exception-type": kind,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode_message(headers, msgspec.json.encode({"message": message}))


MESSAGE = {
    "id": "msg_bdrk_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-contract-model",
}
START = event(
    "message_start",
    message={
        **MESSAGE,
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 9, "output_tokens": 1},
    },
)
PING = event("ping")


def block(index: int, start: Any, *deltas: Any) -> bytes:
    grown = b"".join(event("content_block_delta", index=index, delta=d) for d in deltas)
    begun = event("content_block_start", index=index, content_block=start)
    return begun + grown + event("content_block_stop", index=index)


def text(index: int, *pieces: str) -> bytes:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    return block(index, {"type": "text", "text": ""}, *deltas)


def end(reason: str) -> bytes:
    metrics = {"inputTokenCount": 9, "outputTokenCount": 6, "invocationLatency": 20}
    stop = {"stop_reason": reason, "stop_sequence": None}
    return event("message_delta", delta=stop, usage={"output_tokens": 6}) + event(
        "message_stop", **{"amazon-bedrock-invocationMetrics": metrics}
    )


CALL = block(
    0,
    {"type": "tool_use", "id": "toolu_bdrk_1", "name": "weather", "input": {}},
    {"type": "input_json_delta", "partial_json": '{"city":'},
    {"type": "input_json_delta", "partial_json": '"Oslo"}'},
)
THOUGHT = block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "Think."},
    {"type": "signature_delta", "signature": "c2ln"},
)


class TestInvoke(ProviderContract):
    provider = "bedrock"
    model = "us.anthropic.claude-contract-model"
    options = {"api": "invoke"}
    every = 61
    streams = {
        "text": Recorded(
            body=START + THOUGHT + text(1, "Once \u2028upon", " a t\u00efme") + end("end_turn"),
            text="Once \u2028upon a t\u00efme",
            reasoning="Think.",
            finish_reason_native="end_turn",
            usage=Usage.of(9, 6, 15),
            id="msg_bdrk_1",
            model="claude-contract-model",
        ),
        "a tool": Recorded(
            body=START + CALL + end("tool_use"),
            tool_calls=(("toolu_bdrk_1", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
        "length": Recorded(
            body=START + text(0, "Once") + end("max_tokens"), text="Once", finish_reason="length"
        ),
    }
    answers = {
        "text": Recorded(
            body=msgspec.json.encode(
                {
                    **MESSAGE,
                    "content": [{"type": "text", "text": "Once"}],
                    "stop_reason": "end_turn",
                    "stop_sequence": None,
                    "usage": {"input_tokens": 9, "output_tokens": 6},
                }
            ),
            text="Once",
            id="msg_bdrk_1",
            model="claude-contract-model",
        )
    }
    stream_errors = {
        "throttled": RecordedError(
            body=START + text(0, "Once") + failed("throttlingException", "Too many tokens"),
            message="Too many tokens",
            error=RateLimitError,
            text="Once",
        ),
    }
    errors = {
        "400": RecordedError(
            status=400,
            body=b'{"message":"messages: at least one message is required"}',
            message="messages: at least one message is required",
            error=BadRequestError,
        ),
    }
    noise = (PING, event("thought_of_tomorrow", value=1))

    @staticmethod
    def decode_event(data: bytes) -> Any:
        told = msgspec.json.decode(data)
        return msgspec.json.decode(base64.b64decode(told["bytes"])) if "bytes" in told else told

    @staticmethod
    def encode_event(value: Any) -> bytes:
        data = base64.b64encode(msgspec.json.encode(value)).decode()
        return msgspec.json.encode({"bytes": data, "p": "abcdef"})

    @staticmethod
    def frame_event(event: Event) -> bytes | None:
        if event.name != "chunk":
            return None
        headers: dict[str, str | bytes | bool | int] = {
            ":event-type": "chunk",
            ":content-type": "application/json",
            ":message-type": "event",
        }
        return encode_message(headers, event.data)


class TestChatCompletions(ChatContract):
    provider = "bedrock"
    options = {"api": "chat_completions"}
    every = 61
    models = None  # the list is that of Bedrock, whatever the api


class TestResponses(ResponsesContract):
    provider = "bedrock"
    options = {"api": "responses"}
    every = 61
