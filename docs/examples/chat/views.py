"""What the page is shown of a turn, and what the model is shown of an upload."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from chats import Turn

from chimeric import (
    AudioPart,
    CompletionResponse,
    FilePart,
    GeneratedFile,
    ImagePart,
    Message,
    Part,
    ReasoningPart,
    ServerToolChunk,
    TextPart,
    ToolCall,
    ToolExecutionResult,
)


class Upload(msgspec.Struct):
    """A file that the user attached; ``data`` is base64."""

    name: str
    type: str
    data: str

    def part(self) -> Part:
        kind = self.type or "application/octet-stream"
        if kind.startswith("image/"):
            return ImagePart(data=self.data, media_type=kind)
        if kind.startswith("audio/"):
            return AudioPart(data=self.data, media_type=kind)
        return FilePart(data=self.data, media_type=kind, filename=self.name)


def shown(turn: Turn) -> dict[str, Any]:
    """A turn in the form in which the page is sent a stream: as chunks, one for each part."""
    value = turn.value
    if isinstance(value, Message):
        chunks = list(_said(value))
    else:
        chunks = list(_answered(value)) if value is not None else []
    return {"role": turn.role, "chunks": chunks, "fault": turn.fault}


def _said(message: Message) -> Iterator[dict[str, Any]]:
    for number, part in enumerate(message.parts):
        place = {"turn": 0, "block": number}
        if isinstance(part, TextPart):
            yield {**place, "delta": part.text}
        else:
            yield {**place, "files": [{"id": f"{number}", "part": msgspec.to_builtins(part)}]}


def _answered(response: CompletionResponse[Any]) -> Iterator[dict[str, Any]]:
    made = {part.id for part in response.parts if isinstance(part, ToolCall)}
    results = response.tool_results
    yield from _results(result for result in results if result.call_id not in made)
    for number, part in enumerate(response.parts):
        place = {"turn": 0, "block": number}
        if isinstance(part, TextPart):
            yield from ({**place, **told} for told in _cited(part))
        elif isinstance(part, ReasoningPart):
            yield {**place, "reasoning": part.reasoning}
        elif isinstance(part, ToolCall):
            call = {"index": number, "id": part.id, "name": part.name}
            yield {**place, "tool_calls": [{**call, "arguments_delta": part.arguments}]}
        elif isinstance(part, ServerToolChunk):
            yield {**place, "server_tools": [msgspec.to_builtins(part, enc_hook=str)]}
        elif isinstance(part, GeneratedFile):
            yield {**place, "files": [msgspec.to_builtins(part)]}
    yield from _results(result for result in results if result.call_id in made)


def _cited(part: TextPart) -> Iterator[dict[str, Any]]:
    """A text, and each citation behind what it is of."""
    told = 0
    last = len(part.text)
    places = [(last if c.end is None else c.end, c) for c in part.citations]
    for end, citation in sorted(places, key=lambda place: place[0]):
        yield {"delta": part.text[told:end], "citations": [msgspec.to_builtins(citation)]}
        told = max(told, end)
    yield {"delta": part.text[told:]}


def _results(results: Iterable[ToolExecutionResult]) -> Iterator[dict[str, Any]]:
    for result in results:
        told = {"call_id": result.call_id, "name": result.name, "output": result.output}
        yield {"turn": 0, "tool_results": [told]}
