"""Values with a form of their own: sizes, seconds, hashes of keys."""

from __future__ import annotations

import hashlib
import math
import re

from .document import Document
from .lines import Path

__all__ = ["key_hash", "seconds", "size"]

SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(B|kB|KB|MB|GB|KiB|MiB|GiB)?")
UNITS = {
    "": 1, "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")


def size(document: Document, path: Path, value: int | str) -> int:
    """Bytes: a number, or a text such as ``32MB`` or ``512KiB``.

    Raises:
        ConfigError: when it is none, or nothing at all.
    """
    if isinstance(value, str):
        found = SIZE.fullmatch(value.strip())
        if found is None:
            raise document.fault(
                path, f"{value!r} is no size; write a number of bytes, or one with kB, MB, MiB, ..."
            )
        value = int(float(found[1]) * UNITS[found[2] or ""])
    if value < 1:
        raise document.fault(path, "a size must be at least one byte")
    return value


def seconds(document: Document, path: Path, value: float, *, least: float = 0.0) -> float:
    """Seconds, from ``least`` on.

    Raises:
        ConfigError: for a negative number, or one that is none.
    """
    if not (least <= value and math.isfinite(value)):
        raise document.fault(path, f"this must be seconds from {least:g}, not {value:g}")
    return value


def key_hash(document: Document, path: Path, value: str) -> str:
    """The hexadecimal digits of ``sha256:<64 digits>``, small.

    What stands there instead is not repeated: it may be the key itself.

    Raises:
        ConfigError: when it has another form, or is the hash of an empty key.
    """
    found = HASH.fullmatch(value.strip())
    if found is None:
        raise document.fault(
            path,
            "this must be 'sha256:' and 64 hexadecimal digits; chimeric serve --new-key makes one",
        )
    digits = found[1].lower()
    if digits == hashlib.sha256(b"").hexdigest():
        raise document.fault(path, "this is the hash of an empty key")
    return digits
