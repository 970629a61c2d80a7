"""Events and bodies of the Interactions API as structs, for ``chunk.native``."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

__all__ = ["Event", "Interaction", "Step", "decode_body", "decode_event"]

Object: TypeAlias = dict[str, Any]


class Wire(msgspec.Struct, omit_defaults=True):
    """Every field is optional: what a server leaves out or sends as null is None."""


class Usage(Wire):
    """Token counts; thoughts are not among the output's tokens."""

    total_tokens: int | None = None
    total_input_tokens: int | None = None
    total_output_tokens: int | None = None
    total_thought_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_tool_use_tokens: int | None = None
    initial_input_tokens: int | None = None
    input_tokens_by_modality: list[Object] | None = None
    output_tokens_by_modality: list[Object] | None = None
    cached_tokens_by_modality: list[Object] | None = None
    tool_use_tokens_by_modality: list[Object] | None = None
    grounding_tool_count: list[Object] | None = None


class Step(Wire):
    """A step; its ``type`` says which of the fields it has."""

    type: str | None = None
    content: list[Object] | None = None
    summary: list[Object] | None = None
    signature: str | None = None
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    server_name: str | None = None
    arguments: Any = None
    result: Any = None
    is_error: bool | None = None
    search_type: str | None = None
    retrieval_type: str | None = None
    error: Object | None = None


class Error(Wire):
    """An error."""

    code: str | int | None = None
    message: str | None = None


class Interaction(Wire):
    """An interaction, whole or as events tell of it."""

    id: str | None = None
    status: str | None = None
    object: str | None = None
    model: str | None = None
    agent: str | None = None
    created: str | None = None
    updated: str | None = None
    role: str | None = None
    service_tier: str | None = None
    steps: list[Step] | None = None
    outputs: list[Object] | None = None
    usage: Usage | None = None
    errors: list[Error] | None = None
    previous_interaction_id: str | None = None
    continuation_token: str | None = None
    environment_id: str | None = None


class Event(Wire):
    """An event of a stream; ``event_type`` says which of the fields it has."""

    event_type: str | None = None
    event_id: str | None = None
    index: int | None = None
    interaction: Interaction | None = None
    interaction_id: str | None = None
    status: str | None = None
    step: Step | None = None
    content: Object | None = None
    delta: Object | None = None
    error: Error | None = None
    usage: Usage | None = None
    step_usage: Usage | None = None
    metadata: Object | None = None
    continuation_token: str | None = None


decode_event = msgspec.json.Decoder(Event).decode
decode_body = msgspec.json.Decoder(Interaction).decode
