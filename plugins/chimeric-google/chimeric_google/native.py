"""``GenerateContentResponse`` as complete structs, for ``chunk.native``."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

Object: TypeAlias = dict[str, Any]


class Wire(msgspec.Struct, rename="camel", omit_defaults=True):
    """Every field is optional: what a server leaves out or sends as null is None."""


class Blob(Wire):
    """Inlined bytes, base64."""

    mime_type: str | None = None
    data: str | None = None
    display_name: str | None = None


class FileData(Wire):
    """A file by reference."""

    mime_type: str | None = None
    file_uri: str | None = None
    display_name: str | None = None


class PartialArg(Wire):
    """A piece of streamed arguments (Vertex AI)."""

    json_path: str | None = None
    string_value: str | None = None
    number_value: int | float | None = None
    bool_value: bool | None = None
    null_value: Any = None
    will_continue: bool | None = None


class FunctionCall(Wire):
    """A call of one of the caller's functions."""

    id: str | None = None
    name: str | None = None
    args: Object | None = None
    partial_args: list[PartialArg] | None = None
    will_continue: bool | None = None


class ServerToolCall(Wire):
    """A call of a tool that Google runs."""

    id: str | None = None
    tool_type: str | None = None
    args: Object | None = None


class ServerToolResponse(Wire):
    """What that tool answered."""

    id: str | None = None
    tool_type: str | None = None
    response: Object | None = None


class ExecutableCode(Wire):
    """Code that the model wrote to be run."""

    id: str | None = None
    language: str | None = None
    code: str | None = None


class CodeExecutionResult(Wire):
    """What running it gave."""

    id: str | None = None
    outcome: str | None = None
    output: str | None = None


class Part(Wire):
    """One part of a content; one of its members says what it is."""

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    inline_data: Blob | None = None
    file_data: FileData | None = None
    function_call: FunctionCall | None = None
    function_response: Object | None = None
    executable_code: ExecutableCode | None = None
    code_execution_result: CodeExecutionResult | None = None
    tool_call: ServerToolCall | None = None
    tool_response: ServerToolResponse | None = None
    video_metadata: Object | None = None
    media_resolution: Object | None = None
    part_metadata: Object | None = None


class Content(Wire):
    """A turn's parts."""

    role: str | None = None
    parts: list[Part] | None = None


class SafetyRating(Wire):
    """How one category of harm was judged."""

    category: str | None = None
    probability: str | None = None
    probability_score: float | None = None
    severity: str | None = None
    severity_score: float | None = None
    blocked: bool | None = None


class Candidate(Wire):
    """One answer."""

    content: Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None
    index: int | None = None
    safety_ratings: list[SafetyRating] | None = None
    citation_metadata: Object | None = None
    grounding_metadata: Object | None = None
    url_context_metadata: Object | None = None
    token_count: int | None = None
    avg_logprobs: float | None = None
    logprobs_result: Object | None = None
    continuation_token: str | None = None


class PromptFeedback(Wire):
    """Why a prompt was blocked."""

    block_reason: str | None = None
    block_reason_message: str | None = None
    safety_ratings: list[SafetyRating] | None = None


class ModalityTokenCount(Wire):
    """Tokens of one modality."""

    modality: str | None = None
    token_count: int | None = None


class UsageMetadata(Wire):
    """Token counts, running totals; thoughts are not among the candidates' tokens."""

    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    total_token_count: int | None = None
    prompt_tokens_details: list[ModalityTokenCount] | None = None
    candidates_tokens_details: list[ModalityTokenCount] | None = None
    cache_tokens_details: list[ModalityTokenCount] | None = None
    tool_use_prompt_tokens_details: list[ModalityTokenCount] | None = None
    traffic_type: str | None = None
    service_tier: str | None = None


class Status(Wire):
    """An error."""

    code: int | str | None = None
    message: str | None = None
    status: str | None = None
    details: list[Object] | None = None


class GenerateContentResponse(Wire):
    """A frame of a stream, or the whole answer."""

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: UsageMetadata | None = None
    model_version: str | None = None
    response_id: str | None = None
    create_time: str | None = None
    model_status: Object | None = None
    error: Status | None = None


_decoder = msgspec.json.Decoder(GenerateContentResponse)


class _Body(msgspec.Struct):
    status: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def decode(data: bytes) -> Any:
    """Decode a frame or a body: a ``GenerateContentResponse``, or an ``Interaction``.

    An interaction has a status, and a response of ``generateContent`` has none.
    """
    if b'"status"' in data and msgspec.json.decode(data, type=_Body).status is not msgspec.UNSET:
        from .interactions.answers.native import decode_body

        return decode_body(data)
    return _decoder.decode(data)
