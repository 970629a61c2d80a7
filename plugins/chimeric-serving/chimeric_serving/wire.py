"""JSON as it is sent."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

__all__ = ["json_bytes"]

LINE_ENDS: Final = {
    b"\xc2\x85": b"\\u0085",
    b"\xe2\x80\xa8": b"\\u2028",
    b"\xe2\x80\xa9": b"\\u2029",
}
"""What ends no line in these protocols, and does in the eyes of many readers of lines
(``str.splitlines``, ``httpx.iter_lines``). In JSON they can only be in texts, and are escaped."""

encode = msgspec.json.Encoder(enc_hook=str).encode


def json_bytes(value: Any) -> bytes:
    """JSON on one line, whoever cuts lines.

    Example:
        >>> json_bytes("a\\u2028b")
        b'"a\\\\u2028b"'
    """
    try:
        data = encode(value)
    except UnicodeEncodeError:  # half a character, which a middleware has cut
        return json.dumps(value, default=str, separators=(",", ":")).encode()
    if not data.isascii():
        for raw, escaped in LINE_ENDS.items():
            if raw in data:
                data = data.replace(raw, escaped)
    return data
