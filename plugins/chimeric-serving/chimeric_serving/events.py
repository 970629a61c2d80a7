"""A stream's chunks, its end and its error as server-sent events.

What is sent (``text/event-stream``):

- for each chunk a plain event, ``data: {"turn": 0, "delta": "Hello"}``: the chunk's ``to_dict()``;
- at the end ``event: done``, ``data: {"finish_reason": "stop", "usage": {...}}``;
- instead of that, when the stream fails, ``event: error``, ``data: {"kind": ..., "message": ...,
  "retryable": ...}``;
- a comment, ``: ping``, whenever nothing was sent for a while.

A browser's ``EventSource`` connects again when a response ends: let it ``close()`` at ``done``, and
at an ``error`` that has ``data`` (its own connection errors have none).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import ChimericError

__all__ = ["chunk_event", "error_event"]


def chunk_event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """One event with JSON data, as bytes.

    Example:
        >>> chunk_event({"delta": "Hi"})
        b'data: {"delta":"Hi"}\\n\\n'
    """
    head = b"" if name is None else b"event: %s\n" % name.encode()
    return head + b"data: " + msgspec.json.encode(data, enc_hook=str) + b"\n\n"


def error_event(error: ChimericError) -> bytes:
    """The event that tells of an error. It holds no key; the message is the provider's own."""
    told = {"kind": error.kind, "message": error.message, "retryable": error.retryable}
    return chunk_event(told, "error")
