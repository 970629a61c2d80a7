"""Chunks and answers as typed structs with the wire's own names.

They hold what OpenAI documents and what other servers of the protocol add. Everything is
optional; a body that does not even fit these types is given as plain data.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = [
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatMessage",
    "Choice",
    "ChunkChoice",
    "CompletionTokensDetails",
    "Function",
    "NativeToolCall",
    "NativeUsage",
    "PromptTokensDetails",
    "decode_body",
    "decode_chunk",
]


class Function(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A called function; ``arguments`` is JSON text, in a chunk a fragment of it."""

    name: str | None = None
    arguments: Any = None


class NativeToolCall(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A tool call or, in a chunk, a part of one."""

    index: int | str | None = None
    id: str | None = None
    type: str | None = None
    function: Function | None = None
    custom: dict[str, Any] | None = None
    extra_content: Any = None


class ChatMessage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A message, or the delta of one."""

    role: str | None = None
    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning: str | list[Any] | dict[str, Any] | None = None
    reasoning_content: str | list[Any] | dict[str, Any] | None = None
    reasoning_text: str | list[Any] | dict[str, Any] | None = None
    reasoning_opaque: Any = None
    reasoning_details: list[Any] | None = None
    reasoning_steps: list[Any] | None = None
    thinking: Any = None
    thinking_blocks: Any = None
    thought: Any = None
    cot_id: Any = None
    cot_summary: Any = None
    tool_calls: list[NativeToolCall] | NativeToolCall | None = None
    function_call: Function | None = None
    annotations: list[Any] | None = None
    citations: list[Any] | None = None
    executed_tools: list[Any] | None = None
    audio: dict[str, Any] | None = None
    images: list[Any] | None = None
    videos: list[Any] | None = None
    search_results: list[Any] | None = None
    related_questions: list[Any] | None = None
    error: Any = None
    channel: str | None = None
    extra_content: Any = None


class ChunkChoice(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One choice of a chunk."""

    index: int | str | None = None
    delta: ChatMessage | None = None
    message: ChatMessage | None = None
    logprobs: Any = None
    finish_reason: str | None = None
    native_finish_reason: str | None = None
    stop_reason: Any = None
    error: Any = None
    usage: Any = None
    content_filter_results: Any = None
    content_filter_offsets: Any = None


class Choice(ChunkChoice, kw_only=True, omit_defaults=True):
    """One choice of a whole answer."""


class PromptTokensDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which input tokens were counted."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None


class CompletionTokensDetails(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which output tokens were counted."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    accepted_prediction_tokens: int | None = None
    rejected_prediction_tokens: int | None = None


class NativeUsage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Token counts as they were sent; ``cost`` where a server tells one."""

    prompt_tokens: float | None = None
    completion_tokens: float | None = None
    total_tokens: float | None = None
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    cost: Any = None


class _Frame(msgspec.Struct, kw_only=True, omit_defaults=True):
    id: str | None = None
    object: str | None = None
    created: float | None = None
    model: str | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    usage: NativeUsage | None = None
    error: Any = None
    errors: Any = None
    base_resp: Any = None
    provider: str | None = None
    citations: list[Any] | None = None
    search_results: list[Any] | None = None
    images: list[Any] | None = None
    videos: list[Any] | None = None
    related_questions: list[Any] | None = None
    reasoning_steps: list[Any] | None = None
    web_search: Any = None
    search_info: Any = None
    moderation: Any = None
    prompt_filter_results: Any = None
    time_info: dict[str, Any] | None = None
    timings: dict[str, Any] | None = None
    x_groq: dict[str, Any] | None = None
    obfuscation: str | None = None


class ChatCompletionChunk(_Frame, kw_only=True, omit_defaults=True):
    """One event of a stream."""

    choices: list[ChunkChoice] | None = None


class ChatCompletion(_Frame, kw_only=True, omit_defaults=True):
    """A whole answer."""

    choices: list[Choice] | None = None


_CHUNK = msgspec.json.Decoder(ChatCompletionChunk)
_BODY = msgspec.json.Decoder(ChatCompletion)


def decode_chunk(data: bytes) -> ChatCompletionChunk | Any:
    """A chunk; None for the ``[DONE]`` that ends a stream."""
    if data.strip() in (b"[DONE]", b""):
        return None
    try:
        return _CHUNK.decode(data)
    except msgspec.ValidationError:
        return msgspec.json.decode(data)


def decode_body(data: bytes) -> ChatCompletion | Any:
    """A whole answer."""
    try:
        return _BODY.decode(data)
    except msgspec.ValidationError:
        return msgspec.json.decode(data)
