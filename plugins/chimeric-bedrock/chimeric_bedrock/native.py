"""Complete typed structs of the wire, for ``chunk.native`` and ``native=True``.

Every field is optional and unknown ones are skipped, among them ``p``, which only hides the
length of a message.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from chimeric import Event

from .parser import ConverseState


class Wire(msgspec.Struct, rename="camel", omit_defaults=True):
    """What all structs have in common: camelCase on the wire."""


class ToolUse(Wire):
    """A tool call: at its start without ``input``, in a delta with a piece of its text."""

    tool_use_id: str | None = None
    name: str | None = None
    input: Any = None
    type: str | None = None


class ToolResult(Wire):
    """The result of a tool that the service ran."""

    tool_use_id: str | None = None
    content: list[dict[str, Any]] | None = None
    status: str | None = None
    type: str | None = None


class ReasoningText(Wire):
    """Reasoning with its signature."""

    text: str | None = None
    signature: str | None = None


class ReasoningContent(Wire):
    """Reasoning, in one piece or as a delta."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None
    reasoning_text: ReasoningText | None = None


class BlockStart(Wire):
    """``start`` of ``contentBlockStart``."""

    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    image: dict[str, Any] | None = None


class BlockDelta(Wire):
    """``delta`` of ``contentBlockDelta``: one member is set."""

    text: str | None = None
    tool_use: ToolUse | None = None
    tool_result: list[dict[str, Any]] | None = None
    reasoning_content: ReasoningContent | None = None
    citation: dict[str, Any] | None = None
    image: dict[str, Any] | None = None


class TokenUsage(Wire):
    """Token counts; ``input_tokens`` leaves cache reads and writes out."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    cache_details: list[dict[str, Any]] | None = None
    server_tool_usage: dict[str, Any] | None = None


class Metrics(Wire):
    """``latency_ms``: time in milliseconds."""

    latency_ms: int | None = None


class MessageStartEvent(Wire):
    """The message begins."""

    role: str | None = None


class ContentBlockStartEvent(Wire):
    """A tool call or an image begins; text announces nothing."""

    content_block_index: int | None = None
    start: BlockStart | None = None


class ContentBlockDeltaEvent(Wire):
    """A content block grows."""

    content_block_index: int | None = None
    delta: BlockDelta | None = None


class ContentBlockStopEvent(Wire):
    """A content block is complete."""

    content_block_index: int | None = None


class MessageStopEvent(Wire):
    """The message is complete."""

    stop_reason: str | None = None
    additional_model_response_fields: Any = None


class MetadataEvent(Wire):
    """Token counts and timing; the last event."""

    usage: TokenUsage | None = None
    metrics: Metrics | None = None
    trace: dict[str, Any] | None = None
    performance_config: dict[str, Any] | None = None
    service_tier: dict[str, Any] | None = None


class ContentBlock(Wire):
    """A content block of a whole message: one member is set."""

    text: str | None = None
    image: dict[str, Any] | None = None
    document: dict[str, Any] | None = None
    video: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    reasoning_content: ReasoningContent | None = None
    citations_content: dict[str, Any] | None = None


class NativeMessage(Wire):
    """``output.message``."""

    role: str | None = None
    content: list[ContentBlock] | None = None


class Output(Wire):
    """``output``."""

    message: NativeMessage | None = None


class ConverseResponse(MetadataEvent):
    """A whole, non-streaming answer."""

    output: Output | None = None
    stop_reason: str | None = None
    additional_model_response_fields: Any = None


class ExceptionEvent(Wire):
    """The service failed; nothing follows."""

    message: str | None = None
    original_status_code: int | None = None
    original_message: str | None = None


_EVENTS: dict[str, msgspec.json.Decoder[Any]] = {
    "messageStart": msgspec.json.Decoder(MessageStartEvent),
    "contentBlockStart": msgspec.json.Decoder(ContentBlockStartEvent),
    "contentBlockDelta": msgspec.json.Decoder(ContentBlockDeltaEvent),
    "contentBlockStop": msgspec.json.Decoder(ContentBlockStopEvent),
    "messageStop": msgspec.json.Decoder(MessageStopEvent),
    "metadata": msgspec.json.Decoder(MetadataEvent),
    "exception": msgspec.json.Decoder(ExceptionEvent),
    "error": msgspec.json.Decoder(ExceptionEvent),
}
_PLAIN = msgspec.json.Decoder()
_RESPONSE = msgspec.json.Decoder(ConverseResponse)


class _Body(msgspec.Struct):
    choices: Raw | UnsetType = UNSET
    content: Raw | UnsetType = UNSET
    object: str | UnsetType = UNSET


def decode_event(event: Event, state: object = None) -> Any:
    """An event of the API that ``state`` reads, as its struct.

    Plain data for a type of Converse's events that is not known here.
    """
    if state is None or isinstance(state, ConverseState):
        kind = (event.name or "").partition(":")[0]
        return _EVENTS.get(kind, _PLAIN).decode(event.data)
    return _of_another(event, state)


def _of_another(event: Event, state: object) -> Any:
    from chimeric_anthropic import native as messages
    from chimeric_anthropic.parser import MessageState
    from chimeric_chat_completions.native import decode_chunk
    from chimeric_chat_completions.parser import ChatState
    from chimeric_responses import ResponsesState, native_event

    from .invoke import InvokeState, unwrapped

    if isinstance(state, InvokeState):
        if event.name != "chunk":
            return decode_event(event)
        return messages.decode_event(unwrapped(event))
    if isinstance(state, MessageState):
        return messages.decode_event(event)
    if isinstance(state, ResponsesState):
        return native_event(event)
    if isinstance(state, ChatState):
        return decode_chunk(event.data)
    return decode_event(event)


def decode_response(body: bytes) -> Any:
    """A whole, non-streaming answer of any of the APIs, told by its fields."""
    told = msgspec.json.decode(body, type=_Body)
    if told.choices is not UNSET:
        from chimeric_chat_completions.native import decode_body

        return decode_body(body)
    if told.content is not UNSET:
        from chimeric_anthropic.native import decode_message

        return decode_message(body)
    if told.object == "response":
        from chimeric_responses import native_body

        return native_body(body)
    return _RESPONSE.decode(body)
