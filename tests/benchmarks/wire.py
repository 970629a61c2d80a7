"""The streams that the benchmark's server sends, in five protocols. Standard library only.

The events have the size and the fields of the providers' own (ids, fingerprints and padding
included), with made-up text of seven to ten characters each.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

__all__ = ["PIECE", "PROTOCOLS", "TOOL", "answer", "chunked", "pieces", "protocol_of", "whole"]

PIECE = 65536
"""Bytes of one piece of a burst."""

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "f",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
    },
}
"""The tool of a round, as a request offers it."""

PROTOCOLS = ("chat", "responses", "anthropic", "gemini", "cohere")


def _sse(value: Any, name: str = "") -> bytes:
    data = json.dumps(value, separators=(",", ":")).encode()
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + data + b"\n\n"


def _named(value: dict[str, Any]) -> bytes:
    return _sse(value, str(value["type"]))


def _chat_event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return _sse(
        {
            "id": "chatcmpl-Qx7RtY2mNpLk9VbWc4HsJd8FgZaEu",
            "object": "chat.completion.chunk",
            "created": 1790000000,
            "model": "bench-2026-01-01",
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
            "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
            "usage": None,
            "obfuscation": "x7Kp2mQ9vL",
        }
    )


def _chat(count: int) -> list[bytes]:
    texts = [_chat_event({"content": f" word{i}"}) for i in range(count)]
    return [*texts, _chat_event({}, "stop"), b"data: [DONE]\n\n"]


def _tools(count: int) -> list[bytes]:
    """One tool call whose arguments come in ``count`` fragments, a valid JSON object in all."""

    def part(arguments: str, **more: Any) -> bytes:
        call = {"index": 0, **more, "function": {"arguments": arguments}}
        return _chat_event({"tool_calls": [call]})

    first = {"index": 0, "id": "call_q1w2e3r4t5y6", "type": "function"}
    begin = _chat_event({"tool_calls": [{**first, "function": {"name": "f", "arguments": ""}}]})
    middle = [part(f" word{i}") for i in range(count - 2)]
    end = _chat_event({}, "tool_calls")
    return [begin, part('{"text":"'), *middle, part('"}'), end, b"data: [DONE]\n\n"]


def _anthropic(count: int) -> list[bytes]:
    usage = {"input_tokens": 25, "cache_creation_input_tokens": 0, "output_tokens": 1}
    message = {"id": "msg_01Ab", "type": "message", "role": "assistant", "model": "bench"}
    blank: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    begin = {"type": "message_start", "message": {**message, **blank}}
    text = {"type": "text", "text": ""}
    block = {"type": "content_block_start", "index": 0, "content_block": text}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    texts = [
        _named(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": f" word{i}"},
            }
        )
        for i in range(count)
    ]
    return [
        _named(begin),
        _named(block),
        _named({"type": "ping"}),
        *texts,
        _named({"type": "content_block_stop", "index": 0}),
        _named({"type": "message_delta", "delta": end, "usage": {"output_tokens": count}}),
        _named({"type": "message_stop"}),
    ]


def _gemini(count: int) -> list[bytes]:
    def event(text: str, finish: str | None = None) -> bytes:
        candidate: dict[str, Any] = {"content": {"parts": [{"text": text}], "role": "model"}}
        if finish:
            candidate["finishReason"] = finish
        candidate["index"] = 0
        usage = {
            "promptTokenCount": 9,
            "candidatesTokenCount": 7,
            "totalTokenCount": 16,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
        }
        value = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "bench"}
        return _sse({**value, "responseId": "Zm9vYmFyYmF6cXV4"})

    return [*(event(f" word{i}") for i in range(count - 1)), event(" end", "STOP")]


def _cohere(count: int) -> list[bytes]:
    def text(value: str) -> bytes:
        delta = {"message": {"content": {"text": value}}}
        return _named({"type": "content-delta", "index": 0, "delta": delta})

    begin = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    block = {"message": {"content": {"type": "text", "text": ""}}}
    usage = {"tokens": {"input_tokens": 9, "output_tokens": count}}
    return [
        _named({"type": "message-start", "id": "a1b2", "delta": {"message": begin}}),
        _named({"type": "content-start", "index": 0, "delta": block}),
        *(text(f" word{i}") for i in range(count)),
        _named({"type": "content-end", "index": 0}),
        _named({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}}),
    ]


def _responses(count: int) -> list[bytes]:
    place = {
        "item_id": "msg_68a0f3c2d9e481a2b7c6d5e4f3a2b1c0",
        "output_index": 0,
        "content_index": 0,
    }
    kind = "response.output_text.delta"

    def text(number: int) -> bytes:
        told = {"delta": f" word{number}", "logprobs": [], "obfuscation": "x7Kp2mQ9vL"}
        return _named({"type": kind, "sequence_number": number + 4, **place, **told})

    response = {"id": "resp_68a0f3c1", "object": "response", "model": "bench-2026-01-01"}
    begin = {**response, "status": "in_progress", "output": []}
    usage = {"input_tokens": 9, "output_tokens": count, "total_tokens": 9 + count}
    end = {**response, "status": "completed", "output": [], "usage": usage}
    item = {"id": place["item_id"], "type": "message", "role": "assistant", "content": []}
    return [
        _named({"type": "response.created", "sequence_number": 0, "response": begin}),
        _named({"type": "response.output_item.added", "output_index": 0, "item": item}),
        *map(text, range(count)),
        _named({"type": "response.completed", "sequence_number": count + 4, "response": end}),
    ]


_MAKERS = {
    "chat": _chat,
    "responses": _responses,
    "tools": _tools,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "cohere": _cohere,
}


@cache
def answer(protocol: str, count: int) -> tuple[bytes, ...]:
    """The events of an answer with ``count`` text deltas (or argument fragments: ``tools``)."""
    return tuple(_MAKERS[protocol](count))


@cache
def whole(size: int) -> bytes:
    """The body of a chat completion that is not streamed, with a text of ``size`` characters."""
    words = size // 5
    message = {"role": "assistant", "content": "word " * words, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    value = {
        "id": "chatcmpl-Qx7RtY2mNpLk9VbWc4HsJd8FgZaEu",
        "object": "chat.completion",
        "created": 1790000000,
        "model": "bench-2026-01-01",
        "choices": [choice],
        "usage": {"prompt_tokens": 9, "completion_tokens": words, "total_tokens": 9 + words},
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }
    return json.dumps(value, separators=(",", ":")).encode()


@cache
def pieces(protocol: str, count: int, size: int = PIECE) -> tuple[bytes, ...]:
    """The same bytes in pieces of ``size``, cut wherever that falls."""
    body = b"".join(answer(protocol, count))
    return tuple(body[at : at + size] for at in range(0, len(body), size))


def chunked(piece: bytes) -> bytes:
    """A piece as one chunk of a chunked HTTP body."""
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def protocol_of(path: str) -> str:
    """Which protocol a request's path belongs to."""
    if path.endswith("/messages"):
        return "anthropic"
    if "GenerateContent" in path:
        return "gemini"
    if path.endswith("/v2/chat"):
        return "cohere"
    if path.endswith("/responses"):
        return "responses"
    return "chat"
