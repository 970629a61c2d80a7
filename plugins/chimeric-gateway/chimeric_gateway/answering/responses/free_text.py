"""Calls of tools of free text, where an upstream knew them as functions with one argument."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from chimeric import CompletionResponse, StreamChunk, ToolCall, ToolCallChunk
from chimeric_gateway.reading.responses.tools import INPUT
from chimeric_gateway.shapes import is_object

__all__ = ["FreeText"]


class FreeText:
    """Turns calls of these functions back into calls of the client's tools.

    Args:
        names: of the tools.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._told: dict[tuple[int, str], str] = {}

    def chunk(self, chunk: StreamChunk) -> StreamChunk:
        """The same with free text in place of JSON."""
        if not any(map(self._is_one, chunk.tool_calls)):
            return chunk
        calls = tuple(
            self._free(chunk.turn, call) if self._is_one(call) else call
            for call in chunk.tool_calls
        )
        return chunk.replace(tool_calls=calls)

    def response(self, response: CompletionResponse[Any]) -> CompletionResponse[Any]:
        """The same for a whole answer."""
        parts = tuple(
            msgspec.structs.replace(part, kind="custom", arguments=text_of(part.arguments))
            if isinstance(part, ToolCall) and self._is_one(part)
            else part
            for part in response.parts
        )
        return msgspec.structs.replace(response, parts=parts)

    def _is_one(self, call: ToolCall | ToolCallChunk) -> bool:
        return call.kind == "function" and call.name in self._names

    def _free(self, turn: int, call: ToolCallChunk) -> ToolCallChunk:
        told = self._told.get((turn, call.id), "")
        if call.status == "completed":
            text = text_of(call.arguments)
        else:
            value = call.partial_arguments
            so_far = value.get(INPUT) if is_object(value) else None
            text = so_far if isinstance(so_far, str) else ""
        new = text[len(told) :] if text.startswith(told) else ""
        self._told[turn, call.id] = told + new
        return ToolCallChunk(call.index, call.id, call.name, new, call.status, kind="custom")


def text_of(arguments: str) -> str:
    """The free text in the arguments of a call; what is no such object is the text itself.

    Example:
        >>> text_of('{"input": "ls"}'), text_of("ls")
        ('ls', 'ls')
    """
    try:
        value: Any = msgspec.json.decode(arguments)
    except (ValueError, RecursionError):
        return arguments
    if not is_object(value):
        return arguments
    text = value.get(INPUT, "")
    return text if isinstance(text, str) else msgspec.json.encode(text).decode()
