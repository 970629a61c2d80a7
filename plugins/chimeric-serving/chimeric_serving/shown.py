"""What a front end may know of a chunk, a tool's failure and an end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import CompletionResponse, StreamChunk

__all__ = ["TOOL_FAILED", "chunk_data", "done_data"]

TOOL_FAILED = "the tool failed"
"""What is told of a tool that raised: its own words may hold what no user may know."""


def chunk_data(chunk: StreamChunk) -> Mapping[str, Any]:
    """``chunk.to_dict()`` without the words of what failed.

    Of a restart it is told that there was one, not which service failed and why. Of a tool that
    failed it is told that it did.

    Example:
        >>> chunk_data(StreamChunk("Hi"))
        {'turn': 0, 'delta': 'Hi'}
    """
    data = chunk.to_dict()
    if "metadata" in data and "restarted" in data["metadata"]:
        data["metadata"] = {"restarted": True}
    for result in data.get("tool_results", ()):
        if result.get("is_error"):
            result.pop("value", None)
            result["output"] = TOOL_FAILED
    return data


def done_data(end: CompletionResponse[Any] | StreamChunk | None) -> dict[str, Any]:
    """What the last event of a good end tells."""
    if end is None:
        return {"finish_reason": None, "usage": None}
    return {"finish_reason": end.finish_reason, "usage": end.usage}
