"""Digests: what tells keys, prompts and parameters from one another, in sixteen bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

__all__ = ["WIDTH", "digest", "key_digest"]

WIDTH = 16
"""Bytes of a digest."""


def digest(value: Any) -> bytes:
    """The digest of a prompt or a parameter, whatever the order of its keys.

    Example:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
    """
    data = msgspec.json.encode(value, enc_hook=_told, order="deterministic")
    return hashlib.blake2b(data, digest_size=WIDTH).digest()


def key_digest(value: Any) -> bytes:
    """The digest of a row's key; nothing for one that is missing.

    Example:
        >>> key_digest("7") == key_digest(7), key_digest(None)
        (False, b'')
    """
    return b"" if value is None else digest(value)


def _told(value: Any) -> Any:
    """What msgspec does not know: a pydantic model by its fields, others by their names."""
    dump = getattr(value, "model_dump", None)
    if dump is not None and not isinstance(value, type):
        return dump(mode="json")
    name = getattr(value, "__qualname__", None)
    return f"{value.__module__}.{name}" if name is not None else repr(value)
