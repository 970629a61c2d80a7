"""Frames of the AWS event stream: big-endian lengths, string headers, two CRCs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

__all__ = ["frame"]

_STRING = 7


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message.

    Example:
        >>> len(frame({":message-type": "event"}, b"{}"))
        41
    """
    head = b"".join(
        struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", _STRING, len(text)) + text
        for name, text in ((name, value.encode()) for name, value in headers.items())
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + head + payload
    return message + struct.pack(">I", zlib.crc32(message))
