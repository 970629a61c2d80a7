"""Chunks as server-sent events of Chimeric's own, as an ``EventSource`` reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chimeric import CompletionResponse, StreamChunk

from .events import chunk_event, error_event
from .shown import chunk_data, done_data

__all__ = ["SSEEncoder"]


class SSEEncoder:
    """Writes server-sent events: a plain one for each chunk, ``done`` or ``error`` at the end.

    Args:
        chunk: what to send of a chunk, as plain data; None to send nothing. Without it
            ``chunk.to_dict()``, where a browser may know it all (see ``Serving streams``).

    Example:
        >>> encoder = SSEEncoder()
        >>> b"".join(encoder.encode(StreamChunk("Hi")))
        b'data: {"turn":0,"delta":"Hi"}\\n\\n'
    """

    media_type = "text/event-stream"
    headers: Mapping[str, str] = {}
    ping = b": ping\n\n"

    def __init__(self, chunk: Callable[[StreamChunk], Mapping[str, Any] | None] | None = None):
        self._chunk = chunk or chunk_data
        self._last: StreamChunk | None = None

    def start(self) -> Iterable[bytes]:
        """Nothing: the first chunk is the first event."""
        return ()

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The event of a chunk."""
        if chunk.finish_reason is not None:
            self._last = chunk
        data = self._chunk(chunk)
        return () if data is None else (chunk_event(data),)

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The event ``done``."""
        return (chunk_event(done_data(response or self._last), "done"),)

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The event ``error``."""
        return (error_event(error),)
