"""What a page was given, read out of it."""

from __future__ import annotations

import base64
import gzip
import re
from typing import Any

import msgspec

__all__ = ["data_text", "given"]


def data_text(page: str) -> str:
    """The data of a page, unpacked."""
    found = re.search(r'data-packing="(\w+)">([^<]*)</script>', page)
    assert found
    packing, text = found.groups()
    return gzip.decompress(base64.b64decode(text)).decode() if packing == "gzip" else text


def given(page: str) -> dict[str, Any]:
    """The data of a page, as a value."""
    told: dict[str, Any] = msgspec.json.decode(data_text(page))
    return told
