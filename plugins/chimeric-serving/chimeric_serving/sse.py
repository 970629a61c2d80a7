"""Chunks as server-sent events of Chimeric's own, as an ``EventSource`` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .events import chunk_event
from .records import RecordEncoder

__all__ = ["SSEEncoder"]


class SSEEncoder(RecordEncoder):
    """Writes server-sent events: a plain one for each chunk, ``done`` or ``error`` at the end.

    Args:
        chunk: what to send of a chunk, as plain data; None to send nothing. Without it
            ``chunk.to_dict()``, where a browser may know it all (see ``Serving streams``).

    Example:
        >>> from chimeric import StreamChunk
        >>> encoder = SSEEncoder()
        >>> b"".join(encoder.encode(StreamChunk("Hi")))
        b'data: {"turn":0,"delta":"Hi"}\\n\\n'
    """

    media_type = "text/event-stream"
    headers: Mapping[str, str] = {}
    ping = b": ping\n\n"

    @staticmethod
    def _end(name: str, data: Mapping[str, Any]) -> bytes:
        return chunk_event(data, name)

    _record = staticmethod(chunk_event)
