"""Server-sent events, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_values import dumps

__all__ = ["sse"]


def sse(event: str | None, payload: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n".encode() if event else b""
    return head + b"data: " + dumps(payload) + b"\n\n"
