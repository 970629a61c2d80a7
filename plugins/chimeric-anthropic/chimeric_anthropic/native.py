"""Complete typed structs of the wire, for ``chunk.native`` and ``native=True``.

Every field is optional and unknown ones are skipped, so that a struct of an event that the API
extends later still decodes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Event


class CacheCreation(msgspec.Struct, omit_defaults=True):
    """Cache writes by time to live."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputTokensDetails(msgspec.Struct, omit_defaults=True):
    """What the output tokens were spent on."""

    thinking_tokens: int | None = None


class ServerToolUsage(msgspec.Struct, omit_defaults=True):
    """How often tools of the server ran."""

    web_search_requests: int | None = None
    web_fetch_requests: int | None = None


class MessageUsage(msgspec.Struct, omit_defaults=True):
    """Token counts; ``input_tokens`` leaves cache reads and writes out."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    output_tokens_details: OutputTokensDetails | None = None
    server_tool_use: ServerToolUsage | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    iterations: list[dict[str, Any]] | None = None


class ContentBlock(msgspec.Struct, omit_defaults=True):
    """A content block of any type; which fields are set depends on ``type``."""

    type: str | None = None
    text: str | None = None
    citations: list[dict[str, Any]] | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    caller: dict[str, Any] | None = None
    toolset_name: str | None = None
    tool_use_id: str | None = None
    content: Any = None
    is_error: bool | None = None
    server_name: str | None = None
    file_id: str | None = None


class BlockDelta(msgspec.Struct, omit_defaults=True):
    """``delta`` of ``content_block_delta``."""

    type: str | None = None
    text: str | None = None
    partial_json: str | None = None
    thinking: str | None = None
    estimated_tokens: int | None = None
    signature: str | None = None
    citation: dict[str, Any] | None = None
    content: Any = None


class StopDetails(msgspec.Struct, omit_defaults=True):
    """Why a message was refused."""

    type: str | None = None
    category: str | None = None
    explanation: str | None = None


class NativeMessage(msgspec.Struct, omit_defaults=True):
    """A message, whole or as ``message_start`` tells it."""

    id: str | None = None
    type: str | None = None
    role: str | None = None
    model: str | None = None
    content: list[ContentBlock] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None
    usage: MessageUsage | None = None
    container: dict[str, Any] | None = None
    context_management: dict[str, Any] | None = None


class MessageDelta(msgspec.Struct, omit_defaults=True):
    """``delta`` of ``message_delta``."""

    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: StopDetails | None = None
    container: dict[str, Any] | None = None


class ErrorDetail(msgspec.Struct, omit_defaults=True):
    """``error`` of an error event or answer."""

    type: str | None = None
    message: str | None = None
    details: dict[str, Any] | None = None


class MessageStartEvent(msgspec.Struct):
    """The message begins."""

    type: str | None = None
    message: NativeMessage | None = None


class ContentBlockStartEvent(msgspec.Struct):
    """A content block begins."""

    type: str | None = None
    index: int | None = None
    content_block: ContentBlock | None = None


class ContentBlockDeltaEvent(msgspec.Struct):
    """A content block grows."""

    type: str | None = None
    index: int | None = None
    delta: BlockDelta | None = None


class ContentBlockStopEvent(msgspec.Struct):
    """A content block is complete."""

    type: str | None = None
    index: int | None = None


class MessageDeltaEvent(msgspec.Struct):
    """The stop reason, and the cumulative token counts."""

    type: str | None = None
    delta: MessageDelta | None = None
    usage: MessageUsage | None = None
    context_management: dict[str, Any] | None = None


class MessageStopEvent(msgspec.Struct):
    """The message is complete."""

    type: str | None = None


class PingEvent(msgspec.Struct):
    """A sign of life."""

    type: str | None = None


class ErrorEvent(msgspec.Struct):
    """The provider failed; nothing follows."""

    type: str | None = None
    error: ErrorDetail | None = None
    request_id: str | None = None


class _Kind(msgspec.Struct):
    type: str | None = None


_EVENTS: dict[str | None, msgspec.json.Decoder[Any]] = {
    "message_start": msgspec.json.Decoder(MessageStartEvent),
    "content_block_start": msgspec.json.Decoder(ContentBlockStartEvent),
    "content_block_delta": msgspec.json.Decoder(ContentBlockDeltaEvent),
    "content_block_stop": msgspec.json.Decoder(ContentBlockStopEvent),
    "message_delta": msgspec.json.Decoder(MessageDeltaEvent),
    "message_stop": msgspec.json.Decoder(MessageStopEvent),
    "ping": msgspec.json.Decoder(PingEvent),
    "error": msgspec.json.Decoder(ErrorEvent),
}
_KIND = msgspec.json.Decoder(_Kind)
_PLAIN = msgspec.json.Decoder()
_MESSAGE = msgspec.json.Decoder(NativeMessage)


def decode_event(event: Event) -> Any:
    """The event as its struct; plain data for an event type that is not known here."""
    kind = _KIND.decode(event.data).type or event.name
    return _EVENTS.get(kind, _PLAIN).decode(event.data)


def decode_message(body: bytes) -> NativeMessage:
    """A whole, non-streaming message."""
    return _MESSAGE.decode(body)
