"""Parts of texts in a response: annotations and log-probabilities."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.parts import Citation, Token

__all__ = ["annotation", "logprobs", "refusal_part", "text_part"]


def annotation(citation: Citation, *, xai: bool = False) -> dict[str, Any]:
    """A citation; xAI's have neither a title nor a place."""
    place = {"start_index": citation.start, "end_index": citation.end}
    if citation.container:
        file = {"file_id": citation.source, "filename": citation.title}
        kind = "container_file_citation"
        return {"type": kind, "container_id": citation.container, **file, **place}
    if not citation.url:
        file = {"file_id": citation.source, "filename": citation.title}
        return {"type": "file_citation", **file, "index": citation.end}
    if xai:
        return {"type": "url_citation", "url": citation.url}
    return {"type": "url_citation", "url": citation.url, "title": citation.title, **place}


def logprobs(tokens: list[Token]) -> list[dict[str, Any]]:
    """Probabilities of tokens."""
    return [
        {**_logprob(token), "top_logprobs": [_logprob(other) for other in token.top]}
        for token in tokens
    ]


def _logprob(token: Token) -> dict[str, Any]:
    return {"token": token.text, "bytes": list(token.text.encode()), "logprob": token.logprob}


def text_part(block: Block, *, xai: bool) -> dict[str, Any]:
    """A whole text."""
    return {
        "type": "output_text",
        "annotations": [annotation(c, xai=xai) for c in block.citations],
        "logprobs": logprobs(block.tokens),
        "text": block.text,
    }


def refusal_part(block: Block) -> dict[str, Any]:
    """Why there is no answer."""
    return {"type": "refusal", "refusal": block.text}
