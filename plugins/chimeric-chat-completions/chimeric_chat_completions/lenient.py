"""Reading plain JSON data of which nothing is certain: what has the wrong type counts as absent."""

from __future__ import annotations

from typing import Any, cast

__all__ = ["integer", "items", "number", "numeral", "obj", "text"]

DIGITS = 18
"""Most digits of a number in text: what is longer is no code and no index."""


def obj(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return cast("list[object]", value) if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """The value if it is text with something in it."""
    return value if isinstance(value, str) and value else None


def integer(value: Any) -> int | None:
    """The value if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def numeral(value: Any) -> int | None:
    """The value if it is a whole number, also one in text.

    Example:
        >>> numeral("429"), numeral(-1), numeral("busy")
        (429, -1, None)
    """
    if isinstance(value, str) and len(value) <= DIGITS:
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdecimal() else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return integer(value)


def number(value: Any) -> float | None:
    """The value if it is a number."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
