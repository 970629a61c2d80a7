"""What chat completions tell besides words: annotations, pictures, sounds, probabilities."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from chimeric_dialects.answers import Block
from chimeric_dialects.parts import Citation, File, Token

__all__ = ["annotation", "audio_deltas", "image", "logprobs", "pictures", "whole_audio"]

_SOUND_PIECE = 12_000
_EXPIRES_AT = 1_900_000_000


def annotation(citation: Citation, before: int) -> dict[str, Any]:
    """A citation; ``before``: characters of the message before its block."""
    start, end = before + citation.start, before + citation.end
    cited = {"url": citation.url, "title": citation.title, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": cited}


def pictures(block: Block) -> list[File]:
    """The pictures of a block: the block's own, or those that a server tool made."""
    if block.file is not None and block.file.media_type.startswith("image/"):
        return [block.file]
    tool = block.tool
    if tool is None or tool.kind != "image_generation" or tool.error or not tool.endings:
        return []
    return tool.files


def image(file: File) -> dict[str, Any]:
    """A picture, as OpenRouter has it."""
    return {"type": "image_url", "image_url": {"url": file.data_url}, "index": 0}


def audio_deltas(file: File) -> Iterator[dict[str, Any]]:
    """A sound piece by piece: its id, transcript and data, each piece in base64 of its own."""
    yield {"id": file.id, "transcript": ""}
    for word in file.transcript.split(" "):
        yield {"transcript": word + " "}
    for at in range(0, len(file.data), _SOUND_PIECE):
        yield {"data": base64.b64encode(file.data[at : at + _SOUND_PIECE]).decode()}
    yield {"expires_at": _EXPIRES_AT}


def whole_audio(file: File) -> dict[str, Any]:
    """A sound in a whole message."""
    told = {"id": file.id, "data": file.base64, "transcript": file.transcript}
    return {**told, "expires_at": _EXPIRES_AT}


def logprobs(tokens: list[Token]) -> dict[str, Any]:
    """Probabilities of tokens."""
    content = [
        {**_logprob(token), "top_logprobs": [_logprob(other) for other in token.top]}
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _logprob(token: Token) -> dict[str, Any]:
    return {"token": token.text, "logprob": token.logprob, "bytes": list(token.text.encode())}
