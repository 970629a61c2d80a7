"""Chunks as lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chimeric import CompletionResponse, StreamChunk

from .events import INTERNAL, told_of
from .shown import chunk_data, done_data
from .wire import json_bytes

__all__ = ["NDJSONEncoder"]


class NDJSONEncoder:
    """Writes one JSON object a line (``application/x-ndjson``).

    The line of a chunk is ``chunk.to_dict()``. All others have a key ``event``: ``done`` with the
    finish reason and the usage, or ``error`` with its kind and message, as the last line; ``ping``
    while all is silent. A body without one of the first two was cut off.

    Args:
        chunk: as of ``SSEEncoder``.

    Example:
        >>> b"".join(NDJSONEncoder().encode(StreamChunk("Hi")))
        b'{"turn":0,"delta":"Hi"}\\n'
    """

    media_type = "application/x-ndjson"
    headers: Mapping[str, str] = {}
    ping = b'{"event":"ping"}\n'

    def __init__(self, chunk: Callable[[StreamChunk], Mapping[str, Any] | None] | None = None):
        self._chunk = chunk or chunk_data
        self._last: StreamChunk | None = None

    def start(self) -> Iterable[bytes]:
        """Nothing: the first chunk is the first line."""
        return ()

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The line of a chunk."""
        if chunk.finish_reason is not None:
            self._last = chunk
        data = self._chunk(chunk)
        return () if data is None else (_line(data),)

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The line of a good end."""
        return (_line({"event": "done", **done_data(response or self._last)}),)

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The line of a bad one."""
        return (_line({"event": "error", **(told_of(error) or INTERNAL)}),)


def _line(data: Mapping[str, Any]) -> bytes:
    return json_bytes(data) + b"\n"
