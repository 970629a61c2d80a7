"""Members of objects whose types nobody checked."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["items", "numeral", "obj", "objects", "strings", "text"]


def items(value: Any) -> list[Any]:
    """A list; an empty one where it is none."""
    return cast("list[object]", value) if isinstance(value, list) else []


def obj(value: Any) -> dict[str, Any]:
    """An object; an empty one where it is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [item for item in items(value) if isinstance(item, dict)]


def strings(value: Any) -> list[str]:
    """The texts of a list that are not empty."""
    return [item for item in items(value) if isinstance(item, str) and item]


def text(value: Any) -> str | None:
    """A text that is not empty."""
    return value if isinstance(value, str) and value else None


def numeral(value: Any) -> int | None:
    """A number; proxies write some as text."""
    if isinstance(value, str) and len(value) < 10 and value.removeprefix("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
