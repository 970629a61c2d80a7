"""Server-sent events, made and passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["made", "passed"]

encode = msgspec.json.Encoder().encode


def made(payload: Mapping[str, Any], name: str = "") -> bytes:
    """An event of ours."""
    return passed(encode(payload), name)


def passed(data: bytes, name: str = "") -> bytes:
    """An event of the upstream's; its payload may have lines.

    Example:
        >>> passed(b'{"type":"ping"}', "ping")
        b'event: ping\\ndata: {"type":"ping"}\\n\\n'
    """
    head = b"event: %b\n" % name.encode() if name else b""
    if b"\n" in data:
        data = data.replace(b"\n", b"\ndata: ")
    return b"%bdata: %b\n\n" % (head, data)
