"""Server-sent events, made and passed on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

__all__ = ["made", "passed", "readable"]

SURROGATE: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)
"""A pair of surrogates, one without the other, any other escape."""

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


def readable(data: bytes) -> bytes:
    """A payload in which everything is text: some clients end at bytes that are none.

    Example:
        >>> readable(b'"a\xff"').decode()
        '"a�"'
    """
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            data = data.decode("utf-8", "replace").encode()
    if b"\\ud" in data or b"\\uD" in data:
        data = SURROGATE.sub(lambda m: b"\\ufffd" if m.group(1) else m.group(0), data)
    return data
