"""Lines of a chat as complete structs, for ``chunk.native``."""

from __future__ import annotations

from typing import Any

import msgspec


class Wire(msgspec.Struct, omit_defaults=True):
    """Every field is optional: what a server leaves out or sends as null is None."""


class Function(Wire):
    """A called function; ``arguments`` is an object."""

    name: str | None = None
    arguments: Any = None
    index: int | None = None


class ToolCall(Wire):
    """A tool call."""

    id: str | None = None
    function: Function | None = None


class Message(Wire):
    """What a line adds to the message."""

    role: str | None = None
    content: str | None = None
    thinking: str | None = None
    images: list[str] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_name: str | None = None


class ChatResponse(Wire):
    """A line of a stream, or a whole answer. Durations are nanoseconds."""

    model: str | None = None
    created_at: str | None = None
    message: Message | None = None
    done: bool | None = None
    done_reason: str | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None
    logprobs: list[Any] | None = None
    remote_model: str | None = None
    remote_host: str | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(ChatResponse)


def decode(data: bytes) -> ChatResponse:
    """Decode a line or a body."""
    return _decoder.decode(data)
