"""Bodies with one thing in them that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["emptied", "planted"]

KEY = "zz"


def planted(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The value with an unknown key, once for each object in it, and the place of that object.

    Places are written with dots, and ``*`` for each item of a list.
    """
    if isinstance(value, dict):
        yield place, {**value, KEY: 1}
        for key, inner in value.items():
            for where, changed in planted(inner, f"{place}.{key}"):
                yield where, {**value, key: changed}
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            for where, changed in planted(inner, f"{place}.*"):
                yield where, [*value[:number], changed, *value[number + 1 :]]


def emptied(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The same with an object in the place of each text, number and truth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            for where, changed in emptied(inner, f"{place}.{key}"):
                yield where, {**value, key: changed}
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            for where, changed in emptied(inner, f"{place}.*"):
                yield where, [*value[:number], changed, *value[number + 1 :]]
    elif value is not None:
        yield place, {KEY: 1}
