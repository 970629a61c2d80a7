"""The protocol's own events as typed structs, for ``chunk.native`` and ``native=True``.

Events with the same fields share a struct; ``type`` tells them apart. Every field is optional,
since servers leave out what they do not know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chimeric import Event

__all__ = [
    "AnnotationEvent",
    "DeltaEvent",
    "DoneEvent",
    "ErrorEvent",
    "ItemEvent",
    "LifecycleEvent",
    "OutputItem",
    "PartEvent",
    "PartialImageEvent",
    "Response",
    "ShellEvent",
    "StreamEvent",
    "ToolStatusEvent",
    "native_body",
    "native_event",
]


class _Native(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    type: str | None = None


class Annotation(_Native):
    """A source of the text: a URL, a file, or a place in one."""

    url: str | None = None
    title: str | None = None
    start_index: int | None = None
    end_index: int | None = None
    index: int | None = None
    file_id: str | None = None
    filename: str | None = None
    container_id: str | None = None


class ContentPart(_Native):
    """A part of a message, a summary or a reasoning text."""

    text: str | None = None
    refusal: str | None = None
    annotations: list[Annotation] | None = None
    logprobs: list[Any] | None = None


class OutputItem(_Native):
    """An item of the output; ``type`` tells which of the fields it has."""

    id: str | None = None
    status: str | None = None
    role: str | None = None
    phase: str | None = None
    content: list[ContentPart] | str | None = None
    summary: list[ContentPart] | None = None
    encrypted_content: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: Any = None
    input: str | None = None
    output: Any = None
    outputs: list[Any] | None = None
    action: Any = None
    actions: list[Any] | None = None
    operation: Any = None
    environment: Any = None
    execution: str | None = None
    caller: Any = None
    code: str | None = None
    container_id: str | None = None
    queries: list[str] | None = None
    results: list[Any] | None = None
    result: str | None = None
    prompt: str | None = None
    revised_prompt: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None
    background: Any = None
    server_label: str | None = None
    tools: list[Any] | None = None
    approval_request_id: str | None = None
    approve: bool | None = None
    reason: str | None = None
    pending_safety_checks: list[Any] | None = None
    max_output_length: int | None = None
    created_by: str | None = None
    error: Any = None


class InputTokensDetails(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    """Input tokens that were read from or written to the cache."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_tokens_details: Any = None


class OutputTokensDetails(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    """Output tokens that were reasoning."""

    reasoning_tokens: int | None = None


class ResponseUsage(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    """Token counts of a response; the last four are xAI's."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    input_tokens_details: InputTokensDetails | None = None
    output_tokens_details: OutputTokensDetails | None = None
    num_sources_used: int | None = None
    num_server_side_tools_used: int | None = None
    server_side_tool_usage_details: Any = None
    cost_in_usd_ticks: int | None = None


class ResponseError(_Native):
    """Why a response failed."""

    code: str | int | None = None
    message: str | None = None
    param: str | None = None


class IncompleteDetails(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    """Why a response is incomplete."""

    reason: str | None = None


class Response(msgspec.Struct, kw_only=True, repr_omit_defaults=True):
    """A response object: the body of an answer, and part of the life-cycle events."""

    id: str | None = None
    object: str | None = None
    created_at: float | None = None
    completed_at: float | None = None
    status: str | None = None
    model: str | None = None
    output: list[OutputItem] | None = None
    usage: ResponseUsage | None = None
    error: ResponseError | str | None = None
    incomplete_details: IncompleteDetails | None = None
    instructions: Any = None
    background: bool | None = None
    conversation: Any = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: dict[str, Any] | None = None
    moderation: Any = None
    parallel_tool_calls: bool | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    previous_response_id: str | None = None
    prompt: Any = None
    prompt_cache_key: str | None = None
    prompt_cache_options: Any = None
    prompt_cache_retention: Any = None
    reasoning: Any = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    store: bool | None = None
    temperature: float | None = None
    text: Any = None
    tool_choice: Any = None
    tool_usage: Any = None
    tools: list[Any] | None = None
    top_logprobs: int | None = None
    top_p: float | None = None
    truncation: str | None = None
    user: str | None = None


class StreamEvent(_Native):
    """What all events have."""

    sequence_number: int | None = None


class LifecycleEvent(StreamEvent):
    """``response.created``, ``.in_progress``, ``.completed``, ``.incomplete``, ``.failed``, ..."""

    response: Response | None = None


class ItemEvent(StreamEvent):
    """``response.output_item.added`` and ``.done``."""

    output_index: int | None = None
    item: OutputItem | None = None


class _PlacedEvent(StreamEvent):
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    summary_index: int | None = None


class PartEvent(_PlacedEvent):
    """A part of a message or of a reasoning summary begins or ends."""

    part: ContentPart | None = None
    status: str | None = None


class DeltaEvent(_PlacedEvent):
    """A piece of text, reasoning, refusal, arguments, code or audio."""

    delta: Any = None
    logprobs: list[Any] | None = None
    obfuscation: str | None = None


class DoneEvent(_PlacedEvent):
    """The whole of what the deltas before it were pieces of."""

    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
    code: str | None = None
    output: Any = None
    logprobs: list[Any] | None = None


class AnnotationEvent(_PlacedEvent):
    """``response.output_text.annotation.added``."""

    annotation_index: int | None = None
    annotation: Annotation | None = None


class ToolStatusEvent(_PlacedEvent):
    """A built-in tool goes on: ``response.web_search_call.searching`` and its kind."""


class PartialImageEvent(_PlacedEvent):
    """``response.image_generation_call.partial_image``."""

    partial_image_b64: str | None = None
    partial_image_index: int | None = None
    background: str | None = None
    output_format: str | None = None
    quality: str | None = None
    size: str | None = None


class ShellEvent(_PlacedEvent):
    """``response.shell_call_command.*`` and ``response.shell_call_output_content.*``."""

    command_index: int | None = None
    command: str | None = None
    delta: Any = None
    output: Any = None
    obfuscation: str | None = None


class ErrorEvent(StreamEvent):
    """``error``: flat as documented, or nested in ``error`` as recorded."""

    code: str | int | None = None
    message: str | None = None
    param: str | None = None
    error: ResponseError | str | None = None


STRUCTS: tuple[tuple[tuple[str, ...], type[StreamEvent]], ...] = (
    (("response.output_text.annotation.",), AnnotationEvent),
    (("response.shell_call_",), ShellEvent),
    (("response.output_item.",), ItemEvent),
    (("response.content_part.", "response.reasoning_summary_part."), PartEvent),
)
"""Structs by the beginning of the type; the first that fits."""

LIFECYCLE = ("created", "queued", "in_progress", "completed", "incomplete", "failed", "cancelled")
TOOLS = ("_call", "_list_tools", "compaction")

_type = msgspec.json.Decoder(StreamEvent).decode
_decoders: dict[str, Callable[[bytes], Any]] = {}

MOST_KINDS = 200
"""Decoders that are kept: the kinds are the server's words, and there is no end to words."""


def native_event(event: Event) -> Any:
    """An event as its struct, or as plain data when its type is not known.

    Raises:
        msgspec.DecodeError: when it is not an event of this protocol.
    """
    kind = _type(event.data).type or ""
    decode = _decoders.get(kind)
    if decode is None:
        struct = _struct(kind)
        if struct is None:
            return msgspec.json.decode(event.data)
        decode = msgspec.json.Decoder(struct).decode
        if len(_decoders) < MOST_KINDS:
            _decoders[kind] = decode
    return decode(event.data)


def native_body(body: bytes) -> Response:
    """The body of a non-streaming answer.

    Raises:
        msgspec.DecodeError: when it is not a response object.
    """
    return msgspec.json.decode(body, type=Response)


def _struct(kind: str) -> type[StreamEvent] | None:
    if kind == "error":
        return ErrorEvent
    family, _, step = kind.rpartition(".")
    if family == "response" and (step in LIFECYCLE or step == "done"):
        return LifecycleEvent
    for beginnings, struct in STRUCTS:
        if kind.startswith(beginnings):
            return struct
    if step == "partial_image":
        return PartialImageEvent
    if step == "delta":
        return DeltaEvent
    if step == "done":
        return DoneEvent
    return ToolStatusEvent if family.endswith(TOOLS) else None
