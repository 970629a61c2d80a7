"""Blocks of one answer that are no words and no calls of the caller's tools."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Delta, ServerToolChunk

from . import server_tools
from .blocks import Blocks
from .content import Block


class Items:
    """Tells of calls and results of Anthropic's own tools, files, and what else there is.

    A result may come long after its call, without one, or in another answer than its call.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self._results: list[Any] = []
        self._settled: set[str] = set()

    def begin(self, block: Block, value: dict[str, Any]) -> Delta | None:
        """The start of a block; results are whole there."""
        if block.kind.endswith("_tool_result"):
            self._results.append(value)
            return self._settle(block, value)
        if block.kind == "container_upload":
            return Delta(files=server_tools.uploaded(block))
        if block.of_server and block.told_id not in self._settled:
            return Delta(server_tools=(server_tools.begun(block),))
        if block.other:
            return Delta(server_tools=(server_tools.other(block, "started"),))
        return None

    def grow(self, call: Block, fragment: str) -> Delta | None:
        """A piece of a call's input."""
        if call.ended or call.told_id in self._settled:
            return None
        piece = server_tools.call_chunk(call, "input_streaming", input_delta=fragment)
        return Delta(server_tools=(piece,))

    def end(self, block: Block) -> ServerToolChunk | None:
        """The end of a block, once."""
        if block.ended:
            return None
        block.ended = True
        if block.of_server:
            came = block.told_id in self._settled
            return server_tools.running(block, "completed" if came else "running")
        return server_tools.other(block, "completed") if block.other else None

    def left(self) -> tuple[ServerToolChunk, ...]:
        """The ends of blocks that nobody closed."""
        ends = (
            self.end(block) for block in self._blocks.unended() if block.of_server or block.other
        )
        return tuple(end for end in ends if end is not None)

    def _settle(self, result: Block, value: dict[str, Any]) -> Delta:
        metadata = {"server_tool_results": self._results}
        id_ = result.told_id
        if id_ in self._settled:
            return Delta(metadata=metadata)
        call = self._blocks.of_server(id_)
        chunk = server_tools.settled(value, id_, call)
        before = self.end(call) if call is not None else None
        if call is None:
            before = msgspec.structs.replace(chunk, status="started", output=None)
        self._settled.add(id_)
        told = (chunk,) if before is None else (before, chunk)
        files = server_tools.files_of(chunk.output)
        return Delta(server_tools=told, files=files, metadata=metadata)
