"""Middleware that changes answers, each in another way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chimeric import Context, StreamChunk, TextProcessor, hookimpl


class Shouting:
    """Changes each chunk."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk


class LateShouting:
    """Leaves chunks as they are until a word comes, and changes that one."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        if chunk.delta and "there" in chunk.delta:
            return chunk.replace(delta=chunk.delta.replace("there", "THERE"))
        return chunk


class Dropping:
    """Drops one chunk."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk | None:
        return None if chunk.delta == "lo" else chunk


class Adding:
    """Makes two of one."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> list[StreamChunk] | StreamChunk:
        if chunk.delta == "lo":
            return [chunk, chunk.replace(delta="!")]
        return chunk


class Holding:
    """Holds a word back until something else comes, and then says it in other words."""

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Any:
        return _Holder()


class _Holder:
    def __init__(self) -> None:
        self._held: StreamChunk | None = None

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        if chunk.delta == "lo":
            self._held = chunk
            return None
        if chunk.delta and self._held is not None:
            held, self._held = self._held, None
            return chunk.replace(delta="(" + (held.delta or "") + ")" + chunk.delta)
        return chunk

    def flush(self) -> StreamChunk | None:
        held, self._held = self._held, None
        return held


class Sentences:
    """Gives text out by the sentence, with names left out, as guards and redactors do."""

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> Any:
        return _Redactor(by="sentence")


class _Redactor(TextProcessor):
    def process_text(self, text: str) -> str:
        return text.replace("Hello", "[...]")


class Looking:
    """Changes nothing."""

    chimeric_phase = "record"

    def __init__(self) -> None:
        self.seen: list[StreamChunk] = []

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        self.seen.append(chunk)
        return chunk


class Breaking:
    """Fails in the middle of an answer."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> Iterator[StreamChunk] | StreamChunk:
        if chunk.delta == "lo":
            raise ValueError("no")
        return chunk
