"""``GenerateContentResponse`` as far as an answer needs it: in general, and at its plainest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from chimeric import Usage

__all__ = ["Counts", "Frame", "PlainFrame", "decode_frame", "decode_plain", "read_usage"]


class Counts(msgspec.Struct, rename="camel", gc=False):
    """Token counts of a frame: running totals."""

    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    total_token_count: int | None = None
    cached_content_token_count: int | None = None


class _Part(msgspec.Struct, rename="camel", gc=False):
    text: str | None = None
    thought: bool | str | None = None
    thought_signature: str | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel", gc=False):
    content: _Content | None = None
    finish_reason: str | None = None
    index: int | str | None = None
    grounding_metadata: dict[str, Any] | None = None
    citation_metadata: dict[str, Any] | None = None
    url_context_metadata: dict[str, Any] | None = None
    logprobs_result: dict[str, Any] | None = None


class Frame(msgspec.Struct, rename="camel", gc=False):
    """Any frame."""

    candidates: list[_Candidate] | None = None
    usage_metadata: Counts | None = None
    model_version: str | None = None
    response_id: str | None = None
    prompt_feedback: dict[str, Any] | None = None
    error: Any = None


class _PlainPart(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]
    thought: bool | None = None
    thought_signature: None = None


class _PlainContent(msgspec.Struct, gc=False):
    parts: tuple[_PlainPart]


class _PlainCandidate(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    content: _PlainContent
    finish_reason: None = None
    index: Literal[0] | None = None
    grounding_metadata: None = None
    citation_metadata: None = None
    url_context_metadata: None = None
    logprobs_result: None = None


class PlainFrame(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """A frame that adds one piece of text or thought, and perhaps token counts.

    Its types say what must be absent: what fits needs no further checks.
    """

    candidates: tuple[_PlainCandidate]
    usage_metadata: Counts | None = None
    error: None = None


decode_frame = msgspec.json.Decoder(Frame).decode
decode_plain = msgspec.json.Decoder(PlainFrame).decode


def read_usage(reported: Counts | None) -> Usage | None:
    """Counts of one frame: running totals, so that each replaces the one before.

    A count that is not there is 0 (proto JSON leaves zeros out), except where none is there.
    """
    if reported is None or reported.prompt_token_count is None:
        return None
    thoughts = reported.thoughts_token_count
    prompt = reported.prompt_token_count + (reported.tool_use_prompt_token_count or 0)
    completion = (reported.candidates_token_count or 0) + (thoughts or 0)
    total = reported.total_token_count
    if total is None:
        total = prompt + completion
    cached = reported.cached_content_token_count
    return Usage(prompt, completion, total, cached, None, thoughts)
