"""Bodies with one thing in them that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

__all__ = ["KEY", "Place", "changed", "places"]

KEY = "zz"
"""A key that no service has."""

Step: TypeAlias = str | int


class Place(msgspec.Struct, frozen=True):
    """A place in a body.

    Attributes:
        path: the keys and indexes that lead to it.
        value: what stands there.
    """

    path: tuple[Step, ...]
    value: Any

    @property
    def name(self) -> str:
        """The path with ``*`` for each item of a list."""
        return ".".join("*" if isinstance(step, int) else step for step in self.path)

    @property
    def kind(self) -> str:
        """The type that an object says it has."""
        return str(self.value.get("type")) if isinstance(self.value, dict) else ""


def places(value: Any, path: tuple[Step, ...] = ()) -> Iterator[Place]:
    """All places in a body, itself the first of them."""
    yield Place(path, value)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def changed(body: Any, path: Sequence[Step], new: Any) -> Any:
    """The body with another value at a place; the given one is kept."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    copied = list(body) if isinstance(body, list) else dict(body)
    copied[step] = changed(body[step], rest, new)
    return copied
