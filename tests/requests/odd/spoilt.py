"""Calls in which one value is odd."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .calls import CALLS

__all__ = ["ODD", "Odd", "odd_calls"]

ODD: Final[tuple[Any, ...]] = (
    *(None, "", " ", "x" * 10, "a\x00b", "\ud800", b"x", bytearray(b"y")),
    *(7, -1, 0, 10**400, math.nan, math.inf, True, 1j),
    *([], [[]], [{}], [b"x"], (1,), {1}),
    *({}, {"a": []}, {"type": []}, {"type": {}}, {"type": None}, {1: 2}, {None: 1}),
    *(object(), float, len),
)
"""Of wrong types, without a hash, of no JSON, too large, no Unicode."""

Path = tuple[str | int, ...]


class Odd(NamedTuple):
    """A call with an odd value in it."""

    form: str
    path: Path
    value: Any
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.form} {'.'.join(map(str, self.path))} = {self.value!r:.60}"


def odd_calls() -> Iterator[Odd]:
    """Every call, with each odd value at each of its places."""
    for form, call in CALLS.items():
        for path in _places(call):
            for value in ODD:
                yield Odd(form, path, value, _with(call, path, value))


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else ()
    for step, inner in enumerate(value) if isinstance(value, list) else items:
        yield from _places(inner, (*path, step))


def _with(value: Any, path: Path, item: Any) -> Any:
    if not path:
        return item
    changed = value.copy()
    changed[path[0]] = _with(value[path[0]], path[1:], item)
    return changed
