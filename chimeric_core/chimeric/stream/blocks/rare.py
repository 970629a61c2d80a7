"""The chunks of what few answers have: tools that the provider runs, files, citations."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from chimeric.values.chunks import More, StreamChunk, force_setattr
from chimeric.values.deltas import Delta, Event

from .server_tools import citation_of, server_tool_of

if TYPE_CHECKING:
    from chimeric.stream.pipeline import Pipeline

__all__ = ["made_chunk", "said_of_text"]


def made_chunk(pipeline: Pipeline, delta: Delta, event: Event | None) -> StreamChunk | None:
    """The chunk of a tool that the provider runs, or of a file; None if it was told before."""
    block: Hashable
    if delta.files:
        block, more = ("file", delta.files[0].id), More(files=delta.files)
    else:
        tool = server_tool_of(delta.server_tools[0])
        if not pipeline._turn.add_server_tool(tool):
            return None
        block, more = ("tool", tool.id or object()), More(server_tools=(tool,))
    chunk = pipeline._blank("made", block, event)
    force_setattr(chunk, "_more", more)
    return chunk


def said_of_text(pipeline: Pipeline, delta: Delta) -> More:
    """What is said of a text: where it comes from, how probable it was."""
    citations = tuple(map(citation_of, delta.citations))
    pipeline._turn.citations += (c.native for c in citations if c.native is not None)
    return More(citations=citations, logprobs=delta.logprobs)
