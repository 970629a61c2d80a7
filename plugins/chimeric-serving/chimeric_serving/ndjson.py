"""Chunks as lines of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .records import RecordEncoder
from .wire import json_bytes

__all__ = ["NDJSONEncoder"]


class NDJSONEncoder(RecordEncoder):
    """Writes one JSON object a line (``application/x-ndjson``).

    The line of a chunk is ``chunk.to_dict()``. All others have a key ``event``: ``done`` with the
    finish reason and the usage, or ``error`` with its kind and message, as the last line; ``ping``
    while all is silent. A body without one of the first two was cut off.

    Args:
        chunk: as of ``SSEEncoder``.

    Example:
        >>> from chimeric import StreamChunk
        >>> b"".join(NDJSONEncoder().encode(StreamChunk("Hi")))
        b'{"turn":0,"delta":"Hi"}\\n'
    """

    media_type = "application/x-ndjson"
    headers: Mapping[str, str] = {}
    ping = b'{"event":"ping"}\n'

    @staticmethod
    def _record(data: Mapping[str, Any]) -> bytes:
        return json_bytes(data) + b"\n"

    @staticmethod
    def _end(name: str, data: Mapping[str, Any]) -> bytes:
        return json_bytes({"event": name, **data}) + b"\n"
