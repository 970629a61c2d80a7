"""What callers say: ids, owners and offsets."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from chimeric import ConfigurationError

from .errors import OffsetError

__all__ = ["hash_of", "id_of", "is_id", "offset_of"]

ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
NUMBER: Final = re.compile(r"[0-9]{1,18}")


def is_id(id: str) -> bool:
    """Whether a stream may have it."""
    return ID.fullmatch(id) is not None


def id_of(id: str | None) -> str:
    """The id that is wanted, or a new one that nobody guesses.

    Raises:
        ConfigurationError: for what is none.
    """
    if id is None:
        return secrets.token_urlsafe(16)
    if not is_id(id):
        raise ConfigurationError(
            f"{id!r} is no id of a stream: up to 128 letters, digits, '_', '.' and '-'"
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
