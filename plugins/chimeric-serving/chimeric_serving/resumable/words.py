"""What callers say: ids, owners, offsets and limits."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any, Final

from chimeric import ConfigurationError

from .errors import OffsetError

__all__ = ["check_limit", "hash_of", "id_of", "is_id", "offset_of"]

ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
ENDLESS: Final = 1e15
"""Seconds, events or bytes that nobody waits for; a ``Timeout`` has such a number for infinity."""
NUMBER: Final = re.compile(r"[0-9]{1,18}")


def is_id(id: Any) -> bool:
    """Whether a stream may have it."""
    return isinstance(id, str) and ID.fullmatch(id) is not None


def id_of(id: str | None) -> str:
    """The id that is wanted, or a new one that nobody guesses.

    Raises:
        ConfigurationError: for what is none.
    """
    if id is None:
        return secrets.token_urlsafe(16)
    if not is_id(id):
        raise ConfigurationError(
            f"{id!r} is not a stream id: up to 128 letters, digits, '_', '.' and '-'"
        )
    return id


def hash_of(owner: str | None) -> str:
    """What a store has of an owner."""
    return "" if owner is None else hashlib.sha256(owner.encode()).hexdigest()


def offset_of(after: int | str | None) -> int:
    """An offset as a number.

    Raises:
        OffsetError: for what is none.
    """
    if after is None or after == "":
        return 0
    if isinstance(after, str) and NUMBER.fullmatch(after):
        return int(after)
    if isinstance(after, int) and not isinstance(after, bool) and after >= 0:
        return after
    raise OffsetError(f"an offset is a number of events from 0 on, not {str(after)[:40]!r}")


def check_limit(name: str, value: Any) -> None:
    """A limit always has a value: what is endless would be none.

    Raises:
        ValueError: for what is no finite number above 0.
    """
    if not isinstance(value, (int, float)) or not 0 < value < ENDLESS:
        raise ValueError(f"{name} must be a finite number above 0, not {value!r}")
