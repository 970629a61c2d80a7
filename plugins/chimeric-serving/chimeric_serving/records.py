"""Chunks as plain data, one record for each: what the protocols of Chimeric's own share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chimeric import CompletionResponse, StreamChunk

from .events import INTERNAL, told_of
from .shown import chunk_data, done_data

__all__ = ["RecordEncoder"]


class RecordEncoder(ABC):
    """Writes one record for each chunk, ``done`` or ``error`` at the end."""

    def __init__(self, chunk: Callable[[StreamChunk], Mapping[str, Any] | None] | None = None):
        self._chunk = chunk or chunk_data
        self._last: StreamChunk | None = None

    @staticmethod
    @abstractmethod
    def _record(data: Mapping[str, Any]) -> bytes:
        """What a chunk tells."""

    @staticmethod
    @abstractmethod
    def _end(name: str, data: Mapping[str, Any]) -> bytes:
        """What an end tells."""

    def start(self) -> Iterable[bytes]:
        """Nothing: the first chunk is the first record."""
        return ()

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The record of a chunk."""
        if chunk.finish_reason is not None:
            self._last = chunk
        data = self._chunk(chunk)
        return () if data is None else (self._record(data),)

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The record ``done``."""
        return (self._end("done", done_data(response or self._last)),)

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The record ``error``."""
        return (self._end("error", told_of(error) or INTERNAL),)
