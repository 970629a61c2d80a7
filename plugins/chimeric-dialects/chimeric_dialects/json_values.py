"""JSON values: encoded, and told apart in a way that type checkers follow."""

from __future__ import annotations

from typing import Any, TypeGuard

import msgspec

__all__ = ["child", "dumps", "is_array", "is_object"]

dumps = msgspec.json.Encoder().encode


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def child(value: Any, key: str) -> dict[str, Any]:
    """The object ``value[key]``, or an empty one where there is none."""
    inner = value.get(key) if is_object(value) else None
    return inner if is_object(inner) else {}
