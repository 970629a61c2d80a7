"""Chat events and answers, as far as an answer needs them."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chimeric import Usage


class Content(msgspec.Struct, gc=False):
    """A block of text or thinking, or a piece of one."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None


class Function(msgspec.Struct, gc=False):
    """Name and arguments of a call."""

    name: str | None = None
    arguments: str | None = None


class ToolCall(msgspec.Struct, gc=False):
    """A tool call, or a piece of one."""

    id: str | None = None
    function: Function | None = None


class Message(msgspec.Struct, gc=False):
    """``delta.message``: one object where a whole message has a list."""

    content: Content | list[Any] | str | None = None
    tool_plan: str | None = None
    tool_calls: ToolCall | list[Any] | None = None
    citations: dict[str, Any] | list[Any] | None = None


class Change(msgspec.Struct, gc=False):
    """``delta``."""

    message: Message | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


class Frame(msgspec.Struct, gc=False):
    """An event. One that carries an error does not fit."""

    type: str | None = None
    delta: Change | None = None
    index: int | None = None
    id: str | None = None
    logprobs: Any = None
    message: Any = None
    error: None = None


class WholeMessage(msgspec.Struct):
    """The message of a whole answer."""

    content: list[Any] | str | None = None
    tool_plan: str | None = None
    tool_calls: list[ToolCall] | None = None
    citations: list[Any] | None = None


class Reply(msgspec.Struct):
    """A whole answer, or an error."""

    message: WholeMessage | str | None = None
    id: str | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    logprobs: Any = None
    error: Any = None


class _Tokens(msgspec.Struct, gc=False):
    input_tokens: float | None = None
    output_tokens: float | None = None


class _Usage(msgspec.Struct, gc=False):
    billed_units: _Tokens | None = None
    tokens: _Tokens | None = None
    cached_tokens: float | None = None


EVENTS: Final = frozenset(
    {
        "message-start",
        "content-start",
        "content-delta",
        "content-end",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "citation-start",
        "citation-end",
        "message-end",
        "debug",
    }
)

decode_frame = msgspec.json.Decoder(Frame).decode
decode_reply = msgspec.json.Decoder(Reply).decode
decode_any = msgspec.json.Decoder().decode


def kind_of(frame: Frame, name: str | None) -> str | None:
    """What an event is: its type, else its name, else what it holds."""
    if frame.type in EVENTS:
        return frame.type
    for word in (frame.type, name):
        if word in EVENTS or word == "error":
            return word
    delta = frame.delta
    if frame.type is not None or delta is None:
        return frame.type
    message = delta.message or Message()
    if delta.finish_reason:
        return "message-end"
    if message.content:
        return "content-delta"
    if message.tool_calls:
        return "tool-call-delta"
    return "tool-plan-delta" if message.tool_plan else None


def unified_usage(usage: Any) -> Usage | None:
    """``tokens`` is what the model saw; ``billed_units``, which stands for it where it is not
    told, leaves the hidden preamble out."""
    if usage is None:
        return None
    told = msgspec.convert(usage, _Usage)
    counts = told.tokens or told.billed_units
    if counts is None or (counts.input_tokens is None and counts.output_tokens is None):
        return None
    return Usage.of(counts.input_tokens, counts.output_tokens, cached=told.cached_tokens)
