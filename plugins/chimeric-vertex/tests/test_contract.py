"""Vertex AI passes the provider contract, over each of its protocols.

Its ``responses`` are those of chat-responses, whose contract OpenAI and Azure pass."""

from __future__ import annotations

from chimeric_chat_completions.contract import ChatContract
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import BadRequestError, RateLimitError, ServerError, Usage

MODELS = (
    b'{"publisherModels":[{"name":"publishers/google/models/model-a","versionId":"1"}]}',
    ("model-a",),
)
OF_A_PROJECT = {"vertex_project": "p"}


class TestChatCompletions(ChatContract):
    provider = "vertex"
    options = {"api": "chat_completions"}
    every = 17
    client_options = OF_A_PROJECT
    models = MODELS


def answer(parts: str, more: str = "") -> str:
    """One frame, or a whole answer: without an index of the candidate, with a traffic type."""
    return (
        f'{{"candidates": [{{"content": {{"parts": [{parts}],"role": "model"}}{more}}}],'
        '"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": 4,"totalTokenCount": 15,'
        '"thoughtsTokenCount": 2,"cachedContentTokenCount": 3,"trafficType": "ON_DEMAND"},'
        '"createTime": "2026-10-21T10:00:00.000000Z",'
        '"modelVersion": "contract-model-2","responseId": "r1"}'
    )


def frame(parts: str, more: str = "") -> bytes:
    return f"data: {answer(parts, more)}\r\n\r\n".encode()


STOP = ',"finishReason": "STOP"'
CALL = (
    '{"functionCall": {"name": "weather","args": {"city": "Oslo"},"id": "vcyiitct"},'
    '"thoughtSignature": "EpwI"}'
)
COUNTED = Usage.of(9, 6, 15, cached=3, reasoning=2)


class TestGemini(ProviderContract):
    provider = "vertex"
    client_options = OF_A_PROJECT
    spelling = "sse"
    every = 17
    streams = {
        "text": Recorded(
            body=frame('{"text": "Think.","thought": true}')
            + frame('{"text": "Once \\u2028upon"}')
            + frame('{"text": " a t\u00efme \U0001f600"}')
            + frame('{"text": "","thoughtSignature": "EpwI"}', STOP),
            text="Once \u2028upon a t\u00efme \U0001f600",
            reasoning="Think.",
            finish_reason_native="STOP",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
        "a tool": Recorded(
            body=frame(CALL) + frame('{"text": ""}', STOP),
            tool_calls=(("vcyiitct", "weather", '{"city":"Oslo"}'),),
            finish_reason="tool_calls",
        ),
    }
    answers = {
        "text": Recorded(
            body=answer('{"text": "Once"}', STOP).encode(),
            text="Once",
            usage=COUNTED,
            id="r1",
            model="contract-model-2",
        ),
    }
    stream_errors = {
        "overloaded": RecordedError(
            body=frame('{"text": "Once"}') + b'data: {"error": {"code": 503,'
            b'"message": "The model is overloaded.","status": "UNAVAILABLE"}}\r\n\r\n',
            message="The model is overloaded.",
            error=ServerError,
            text="Once",
        )
    }
    errors = {
        "400": RecordedError(
            status=400,
            body=b'[{"error":{"code":400,"message":"Invalid value","status":"INVALID_ARGUMENT"}}]',
            message="Invalid value",
            error=BadRequestError,
        ),
        "429": RecordedError(
            status=429,
            body=b'{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}',
            message="Quota",
            error=RateLimitError,
        ),
    }
    models = MODELS
    noise = (b'data: {"usageMetadata": {"trafficType": "ON_DEMAND"}}\r\n\r\n',)
    exempt = {
        "test_what_follows_the_terminal_signal_changes_nothing": "the end of the body is the end"
    }


def event(kind: str, body: str = "") -> bytes:
    more = f",{body}" if body else ""
    return f'event: {kind}\ndata: {{"type":"{kind}"{more}}}\n\n'.encode()


class TestClaude(ProviderContract):
    provider = "vertex"
    model = "claude-contract-model"
    every = 17
    follows = ("anthropic_version",)
    client_options = OF_A_PROJECT
    streams = {
        "text": Recorded(
            body=event(
                "message_start",
                '"message":{"id":"msg_vrtx_1","type":"message","role":"assistant",'
                '"model":"claude-contract-model","content":[],"stop_reason":null,'
                '"usage":{"input_tokens":9,"output_tokens":1}}',
            )
            + event("ping")
            + event("content_block_start", '"index":0,"content_block":{"type":"text","text":""}')
            + event(
                "content_block_delta",
                '"index":0,"delta":{"type":"text_delta","text":"Once \\u2028upon"}',
            )
            + event("content_block_stop", '"index":0')
            + event(
                "message_delta",
                '"delta":{"stop_reason":"end_turn","stop_sequence":null},'
                '"usage":{"output_tokens":6}',
            )
            + event("message_stop"),
            text="Once \u2028upon",
            finish_reason_native="end_turn",
            usage=Usage.of(9, 6, 15),
            id="msg_vrtx_1",
            model="claude-contract-model",
        )
    }
    answers = {
        "text": Recorded(
            body=b'{"id":"msg_vrtx_1","type":"message","role":"assistant",'
            b'"model":"claude-contract-model","content":[{"type":"text","text":"Once"}],'
            b'"stop_reason":"end_turn","stop_sequence":null,'
            b'"usage":{"input_tokens":9,"output_tokens":6}}',
            text="Once",
            id="msg_vrtx_1",
            model="claude-contract-model",
        )
    }
    errors = {
        "529": RecordedError(
            status=529,
            body=b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
            message="Overloaded",
            error=ServerError,
        ),
    }
    models = MODELS
