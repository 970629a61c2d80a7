"""A whole response as the chunks that would have told it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from chimeric import (
    CompletionResponse,
    GeneratedFile,
    ServerToolChunk,
    StreamChunk,
    TextPart,
    ToolCall,
    ToolCallChunk,
)

__all__ = ["chunks_of"]


def chunks_of(response: CompletionResponse[Any]) -> Iterator[StreamChunk]:
    """A chunk for each block of a response, and one for a refusal."""
    calls = 0
    for place, part in enumerate(response.parts):
        nothing = StreamChunk()
        if isinstance(part, TextPart):
            chunk = nothing.replace(delta=part.text or None, citations=part.citations)
        elif isinstance(part, ToolCall):
            call = ToolCallChunk(calls, part.id, part.name, part.arguments, "completed")
            call = msgspec.structs.replace(call, kind=part.kind)
            calls += 1
            chunk = nothing.replace(tool_calls=(call,))
        elif isinstance(part, ServerToolChunk):
            chunk = nothing.replace(server_tools=(part,))
        elif isinstance(part, GeneratedFile):
            chunk = nothing.replace(files=(part,))
        else:
            chunk = nothing.replace(reasoning=part.reasoning)
        yield chunk.replace(block=place)
    if response.refusal:
        yield StreamChunk(refusal=response.refusal).replace(block=len(response.parts))
