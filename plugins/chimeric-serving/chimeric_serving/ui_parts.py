"""Pieces of the AI SDK's messages: sources, citations, files, usage."""

from __future__ import annotations

from typing import Any

from chimeric import Citation, GeneratedFile, Usage

from .media import media_type_of, media_url

__all__ = ["citation_of", "file_of", "source_of", "usage_of"]


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
