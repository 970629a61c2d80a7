"""Ids that look like a service's."""

from __future__ import annotations

import random

__all__ = ["make_id"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_random = random.Random()  # noqa: S311 - ids, no secrets


def make_id(prefix: str, length: int = 24) -> str:
    """A fresh id that looks like a service's: ``prefix`` and random letters and digits."""
    return prefix + "".join(_random.choices(_ALPHABET, k=length))
