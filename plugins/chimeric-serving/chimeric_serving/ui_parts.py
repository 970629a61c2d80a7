"""Pieces of the AI SDK's messages: sources, citations, files, usage."""

from __future__ import annotations

from typing import Any

from chimeric import Citation, GeneratedFile, ServerToolChunk, Usage

from .media import media_type_of, media_url
from .results import json_text
from .shown import TOOL_FAILED

__all__ = [
    "citation_of",
    "file_of",
    "server_tool_error",
    "server_tool_name",
    "server_tool_of",
    "source_of",
    "usage_of",
]


def source_of(citation: Citation, id_: str) -> dict[str, Any]:
    """The source of a citation. A document has to have a title and a media type there."""
    if citation.url:
        told = {"type": "source-url", "sourceId": id_, "url": citation.url}
        return {**told, "title": citation.title} if citation.title else told
    return {
        "type": "source-document",
        "sourceId": id_,
        "mediaType": "text/plain",
        "title": citation.title or citation.source or "document",
    }


def citation_of(citation: Citation, source: dict[str, Any]) -> dict[str, Any]:
    """Where in a text a source is cited (7.x)."""
    kind = "url" if source["type"] == "source-url" else "document"
    fields = {k: v for k, v in source.items() if k not in ("type", "sourceId")}
    told: dict[str, Any] = {
        "source": {"type": "source", "sourceType": kind, "id": source["sourceId"], **fields}
    }
    places = {
        "startIndex": citation.start, "endIndex": citation.end, "citedText": citation.text,
    }  # fmt: skip
    return {**told, **{name: value for name, value in places.items() if value is not None}}


def file_of(file: GeneratedFile) -> dict[str, Any]:
    """A file that the model made. Previews are transient, since a part cannot be replaced; a file
    that only the provider has is told by its id."""
    url, kind = media_url(file.part), media_type_of(file.part)
    if url is None:
        data = {"fileId": file.part.file_id, "mediaType": kind}
        return {"type": "data-file", "id": file.id, "data": data}
    if file.partial:
        data = {"url": url, "mediaType": kind}
        return {"type": "data-file-preview", "id": file.id, "data": data, "transient": True}
    return {"type": "file", "url": url, "mediaType": kind}


def server_tool_name(tool: ServerToolChunk) -> str:
    """The name of a tool that the provider runs: its kind, where that says what it is."""
    return tool.kind if tool.kind not in ("mcp", "other") else tool.name or tool.kind


def server_tool_error(tool: ServerToolChunk) -> str:
    """What is told of one that failed: the provider's words."""
    if not tool.output:
        return TOOL_FAILED
    return tool.output if isinstance(tool.output, str) else json_text(tool.output)


def server_tool_of(tool: ServerToolChunk) -> dict[str, Any]:
    """A tool that the provider has run, as a part."""
    told: dict[str, Any] = {
        "type": "dynamic-tool",
        "toolName": server_tool_name(tool),
        "toolCallId": tool.id,
        "providerExecuted": True,
        "state": "input-available",
        "input": tool.input,
    }
    if tool.status == "completed":
        told.update(state="output-available", output=tool.output)
    elif tool.status == "failed":
        told.update(state="output-error", errorText=server_tool_error(tool))
    return told


def usage_of(usage: Usage | None) -> dict[str, Any]:
    """Token counts as the AI SDK names them, as far as they are known."""
    if usage is None:
        return {}
    return _known(
        inputTokens=usage.prompt_tokens,
        inputTokenDetails=_known(
            cacheReadTokens=usage.cached_tokens, cacheWriteTokens=usage.cache_write_tokens
        ),
        outputTokens=usage.completion_tokens,
        outputTokenDetails=_known(reasoningTokens=usage.reasoning_tokens),
        totalTokens=usage.total_tokens,
    )


def _known(**counts: Any) -> dict[str, Any]:
    return {name: value for name, value in counts.items() if value is not None and value != {}}
