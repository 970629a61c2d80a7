"""The provider-run tools of one turn: each is begun, and ended once."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chimeric.values.blocks.citations import Citation
from chimeric.values.blocks.server_tools import ServerToolChunk

__all__ = ["ServerTools", "citation_of", "merged", "server_tool_of"]

ENDED = ("completed", "failed")


class ServerTools(Struct, eq=False):
    """Which tools the provider runs, and which have come to an end."""

    _tools: dict[str, ServerToolChunk] = {}

    def add(self, tool: ServerToolChunk) -> bool:
        """Take what an event says of a tool; whether it is to be told."""
        if not tool.id:  # nobody can tell it from another one
            return True
        known = self._tools.get(tool.id)
        if known is not None and known.status in ENDED:
            return False
        self._tools[tool.id] = tool if known is None else replace(known, status=tool.status)
        return True

    def close(self) -> list[ServerToolChunk]:
        """The turn has ended well: what is still open is done, and nobody told what came of it."""
        told = [tool for tool in self._tools.values() if tool.status not in ENDED]
        closed = [
            ServerToolChunk(id=tool.id, kind=tool.kind, name=tool.name, status="completed")
            for tool in told
        ]
        return [tool for tool in closed if self.add(tool)]


def server_tool_of(told: Any) -> ServerToolChunk:
    """What a parser told of a provider-run tool; the first plugin API has the provider's form."""
    return told if isinstance(told, ServerToolChunk) else ServerToolChunk(native=told)


def citation_of(told: Any) -> Citation:
    """What a parser told of a citation, without offsets that cannot be; the first plugin API
    has the provider's form.
    """
    if not isinstance(told, Citation):
        return Citation(url=told if isinstance(told, str) else None, native=told)
    start, end = told.start, told.end
    if (start or 0) < 0 or (end is not None and end < max(start or 0, 0)):
        return replace(told, start=None, end=None)
    return told


def merged(before: ServerToolChunk, tool: ServerToolChunk) -> ServerToolChunk:
    """The state of a tool after one more chunk of it."""
    ended = before.status in ENDED
    return ServerToolChunk(
        id=tool.id,
        kind=before.kind if tool.kind == "other" else tool.kind,
        name=tool.name or before.name,
        status=before.status if ended else tool.status,
        input=before.input if tool.input is None else tool.input,
        output=before.output if tool.output is None else tool.output,
        native=before.native if tool.native is None else tool.native,
    )
