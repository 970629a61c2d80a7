"""What both ways of answering share: how our words become those of pydantic-ai."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
from pydantic_ai import messages as framework
from pydantic_ai.messages import FinishReason
from pydantic_ai.usage import RequestUsage

from chimeric import (
    Citation,
    CompletionResponse,
    GeneratedFile,
    ReasoningPart,
    ServerToolChunk,
    TextPart,
    TranslationWarning,
    Usage,
)

from .media import binary_of

__all__ = [
    "FINISH",
    "SERVER_TOOLS",
    "citation_of",
    "details_of",
    "file_of",
    "parts_of_answer",
    "plain_input",
    "tool_result_of",
    "usage_of",
]

FINISH: Mapping[str | None, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_call",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}
"""``pause`` is no end: the response is suspended. ``other`` has no word there."""

SERVER_TOOLS = {"mcp": "mcp_server"}
"""Kinds of tools that providers run which pydantic-ai has another word for."""


def usage_of(usage: Usage | None) -> RequestUsage:
    """Token counts; a request without any is counted as not measured."""
    if usage is None or usage.source == "missing":
        return RequestUsage(unmeasured_requests=1)
    thought = usage.reasoning_tokens
    return RequestUsage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cache_read_tokens=usage.cached_tokens or 0,
        cache_write_tokens=usage.cache_write_tokens or 0,
        details={} if thought is None else {"reasoning_tokens": thought},
    )


def details_of(response: CompletionResponse) -> dict[str, Any]:
    """What has no field of its own in a ``ModelResponse``."""
    told = {
        "finish_reason": response.metadata.get("finish_reason_native") or response.finish_reason,
        "refusal": response.refusal,
        "request_id": response.metadata.get("request_id"),
    }
    return {name: value for name, value in told.items() if value is not None}


def parts_of_answer(response: CompletionResponse, provider: str | None) -> list[Any]:
    """The blocks of a whole answer, in their order."""
    return [part for block in response.parts for part in _parts(block, provider)]


def _parts(block: Any, provider: str | None) -> Iterator[Any]:
    match block:
        case TextPart():
            cited = [found for c in block.citations if (found := citation_of(c))]
            yield framework.TextPart(block.text, citations=cited or None)
        case ReasoningPart():
            yield framework.ThinkingPart(block.reasoning)
        case ServerToolChunk():
            name = SERVER_TOOLS.get(block.kind, block.kind if block.kind != "other" else block.name)
            yield framework.NativeToolCallPart(
                name, plain_input(block.input), block.id, provider_name=provider
            )
            yield tool_result_of(block, provider)
        case GeneratedFile():
            made = file_of(block, provider)
            if made is not None:
                yield made
        case _:
            details = None if block.kind == "function" else {"kind": block.kind}
            yield framework.ToolCallPart(
                block.name,
                block.arguments,
                block.id,
                provider_name=provider if details else None,
                provider_details=details,
            )


def tool_result_of(
    tool: ServerToolChunk, provider: str | None
) -> framework.NativeToolReturnPart[Any]:
    """What came of a tool that the provider ran."""
    name = SERVER_TOOLS.get(tool.kind, tool.kind if tool.kind != "other" else tool.name)
    return framework.NativeToolReturnPart(
        name,
        msgspec.to_builtins(tool.output, enc_hook=str),
        tool.id,
        outcome="failed" if tool.status == "failed" else "success",
        provider_name=provider,
    )


def citation_of(citation: Citation) -> framework.Citation | None:
    """A source; None for one that says nothing of where it is."""
    quoted = [citation.text] if citation.text else []
    source: framework.WebCitationSource | framework.DocumentCitationSource
    if citation.url:
        source = framework.WebCitationSource(citation.url, title=citation.title, excerpts=quoted)
    elif citation.source or citation.title or quoted:
        source = framework.DocumentCitationSource(
            document_id=citation.source, title=citation.title, excerpts=quoted
        )
    else:
        return None
    start, end = citation.start, citation.end
    anchor = None
    if start is not None and end is not None and 0 <= start < end:
        anchor = framework.ContentCitationAnchor(start=start, end=end)
    return framework.Citation([source], anchor=anchor)


def file_of(file: GeneratedFile, provider: str | None) -> framework.FilePart | None:
    """A file that the model made; a warning where only its address is known."""
    content = binary_of(file.part)
    if content is None:
        where = file.part.url or file.part.file_id
        warnings.warn(
            f"a file that the model made is at {where}; pydantic-ai takes files by value only",
            TranslationWarning,
            stacklevel=2,
        )
        return None
    return framework.FilePart(content, id=file.id, provider_name=provider)


def plain_input(value: Any) -> dict[str, Any] | str | None:
    """What a provider's own tool was called with, as JSON."""
    if value is None or isinstance(value, str):
        return value
    plain: Any = msgspec.to_builtins(value, enc_hook=str)
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else {"input": plain}
