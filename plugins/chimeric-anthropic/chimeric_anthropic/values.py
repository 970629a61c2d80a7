"""Plain JSON values from a server, whose types cannot be relied on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return list(cast("list[object]", value)) if isinstance(value, list) else []


def as_text(value: Any) -> str | None:
    """The value if it is a text with something in it, else None."""
    return value if isinstance(value, str) and value else None


def first_of(value: Any) -> Any:
    """The first item of a list; anything else is its own."""
    return next(iter(cast("list[object]", value)), None) if isinstance(value, list) else value


def first_text(fields: dict[str, Any], names: Iterable[str]) -> str | None:
    """The first of some members that is a text with something in it."""
    return next((text for name in names if (text := as_text(fields.get(name)))), None)
