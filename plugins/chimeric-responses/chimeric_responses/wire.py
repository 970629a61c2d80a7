"""The lean shapes that the parser decodes: only what it reads, every field optional."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

__all__ = [
    "Call",
    "Envelope",
    "Frame",
    "MessageItem",
    "ReasoningItem",
    "ResponseObject",
    "decode_frame",
    "decode_response",
    "delta_text",
    "read_envelope",
]


class Frame(msgspec.Struct, gc=False):
    """What the parser needs of nearly every event.

    ``delta`` is text in all events that it reads, but an object in others
    (``response.shell_call_output_content.delta``), hence untyped here and checked when used.
    """

    type: str | None = None
    delta: Any = None
    output_index: int | None = None
    content_index: int | None = None
    item_id: str | None = None
    summary_index: int | None = None


class ResponseObject(msgspec.Struct):
    """The ``response`` of the life-cycle events, and the body of a non-streaming answer."""

    id: str | None = None
    model: str | None = None
    status: str | UnsetType | None = UNSET
    output: list[dict[str, Any]] | UnsetType | None = UNSET
    usage: dict[str, Any] | None = None
    error: Any = None
    incomplete_details: dict[str, Any] | None = None
    service_tier: str | None = None


class Annotated(msgspec.Struct):
    """One part of a message: ``output_text`` or ``refusal``."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None
    annotations: list[Any] | None = None
    logprobs: Any = None


class Envelope(msgspec.Struct):
    """What the rarer events carry besides a ``Frame``."""

    response: ResponseObject | None = None
    item: dict[str, Any] | None = None
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
    annotation: Any = None
    annotation_index: Any = None
    logprobs: Any = None
    part: Annotated | None = None


class MessageItem(msgspec.Struct):
    """An output item of type ``message``."""

    content: list[Annotated] | str | None = None


class Passage(msgspec.Struct):
    """A paragraph of reasoning."""

    text: str | None = None


class ReasoningItem(msgspec.Struct):
    """An output item of type ``reasoning``; ``content`` is raw, ``summary`` is for showing."""

    summary: list[Passage] | None = None
    content: list[Passage] | None = None


class Call(msgspec.Struct):
    """An output item of type ``function_call`` or ``custom_tool_call``."""

    type: str = "function_call"
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | dict[str, Any] | None = None
    input: str | None = None
    status: str | None = None


decode_frame = msgspec.json.Decoder(Frame).decode
read_envelope = msgspec.json.Decoder(Envelope).decode
decode_response = msgspec.json.Decoder(ResponseObject).decode


def delta_text(frame: Frame) -> str | None:
    """The delta of an event whose delta must be text.

    Raises:
        msgspec.ValidationError: when it is something else.
    """
    delta = frame.delta
    if delta is None or isinstance(delta, str):
        return delta
    raise msgspec.ValidationError(f"`delta` of {frame.type} is {type(delta).__name__}, not text")
