"""Chat events and answers as complete structs, for ``chunk.native``."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Object: TypeAlias = dict[str, Any]


class Wire(msgspec.Struct, omit_defaults=True):
    """Every field is optional: what a server leaves out or sends as null is None."""


class Content(Wire):
    """A block of text or thinking, or a piece of one."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None


class Function(Wire):
    """Name and arguments (JSON text, or a piece of it) of a call."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(Wire):
    """A tool call, or a piece of one."""

    id: str | None = None
    type: str | None = None
    function: Function | None = None


class Citation(Wire):
    """What part of the text rests on which sources; offsets count characters."""

    start: int | None = None
    end: int | None = None
    text: str | None = None
    sources: list[Object] | None = None
    type: str | None = None
    content_index: int | None = None


class Message(Wire):
    """An assistant message. In a delta its members are single objects instead of lists."""

    role: str | None = None
    content: Content | list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: ToolCall | list[ToolCall] | None = None
    citations: Citation | list[Citation] | None = None


class BilledUnits(Wire):
    """What is billed."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    search_units: float | None = None
    classifications: float | None = None


class Tokens(Wire):
    """What the model read and wrote."""

    input_tokens: float | None = None
    output_tokens: float | None = None


class Usage(Wire):
    """Token counts."""

    billed_units: BilledUnits | None = None
    tokens: Tokens | None = None
    cached_tokens: float | None = None


class Delta(Wire):
    """What an event adds."""

    message: Message | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    error: Any = None


class ChatEvent(Wire):
    """One event of a stream."""

    type: str | None = None
    id: str | None = None
    index: int | None = None
    delta: Delta | None = None
    logprobs: Any = None
    prompt: str | None = None


class ChatResponse(Wire):
    """A whole answer."""

    id: str | None = None
    message: Message | str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    logprobs: Any = None


_event_decoder = msgspec.json.Decoder(ChatEvent)
_reply_decoder = msgspec.json.Decoder(ChatResponse)


def decode_event(data: bytes) -> ChatEvent | None:
    """Decode an event; the closing ``[DONE]`` has no native form."""
    return None if data == b"[DONE]" else _event_decoder.decode(data)


def decode_reply(data: bytes) -> ChatResponse:
    """Decode the body of a non-streaming answer."""
    return _reply_decoder.decode(data)
