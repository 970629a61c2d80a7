"""Blocks of one answer that are no words and no calls of the caller's tools."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import Delta, GeneratedFile, ImagePart

from . import server_tools
from .content import Block
from .values import as_object, as_text


class Items:
    """Tells of calls and results of the service's own tools, pictures, and what else there is.

    Attributes:
        results: the results of tools, as they came.
        images: the pictures, as they came.
    """

    def __init__(self, blocks: list[Block]) -> None:
        self.results: list[Any] = []
        self.images: list[Any] = []
        self._blocks = blocks
        self._settled: set[str] = set()

    def begin(self, block: Block) -> Delta | None:
        """The start of a block."""
        if block.of_server and block.told_id not in self._settled:
            return Delta(server_tools=(server_tools.call_chunk(block, "started"),))
        if not block.known:
            return Delta(server_tools=(server_tools.other(block, "started"),))
        return None

    def grow(self, call: Block, fragment: str) -> Delta | None:
        """A piece of a call's input."""
        if call.ended or call.told_id in self._settled:
            return None
        piece = server_tools.call_chunk(call, "input_streaming", input_delta=fragment)
        return Delta(server_tools=(piece,))

    def end(self, block: Block) -> Delta | None:
        """The end of a block, once."""
        if block.ended:
            return None
        block.ended = True
        if block.of_server:
            came = block.told_id in self._settled
            told = server_tools.running(block, "completed" if came else "running")
            return Delta(server_tools=(told,))
        if block.kind == "toolResult":
            self.results.append(block.content())
            return self._settle(block)
        if block.kind == "image":
            self.images.append(block.value)
            return Delta(files=_picture(block), metadata={"images": self.images})
        if block.known:
            return None
        return Delta(server_tools=(server_tools.other(block, "completed"),))

    def left(self) -> list[Delta]:
        """The ends of blocks that nobody closed."""
        ends = [self.end(block) for block in self._blocks if not block.ended]
        return [end for end in ends if end is not None]

    def _settle(self, result: Block) -> Delta:
        metadata = {"server_tool_results": self.results}
        id_ = result.told_id
        if id_ in self._settled:
            return Delta(metadata=metadata)
        call = next((b for b in self._blocks if b.of_server and b.told_id == id_), None)
        chunk = server_tools.settled(result, call)
        before = msgspec.structs.replace(chunk, status="started", output=None)
        if call is not None:
            end = self.end(call)
            told = () if end is None else end.server_tools
        else:
            told = (before,)
        self._settled.add(id_)
        return Delta(server_tools=(*told, chunk), metadata=metadata)


def _picture(block: Block) -> tuple[GeneratedFile, ...]:
    source = as_object(block.value.get("source"))
    data, url = as_text(source.get("bytes")), as_object(source.get("s3Location")).get("uri")
    if not (data or url):
        return ()
    form = as_text(block.value.get("format"))
    part = ImagePart(
        data=data, url=None if data else url, media_type=f"image/{form}" if form else None
    )
    return (GeneratedFile(block.told_id, part),)
