"""Where in a request something stands: leaves of plain data, and the parts that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from .recorded import is_array, is_object

__all__ = ["Leaf", "Path", "Place", "leaves", "nodes", "parts_with", "position", "shown"]

Path: TypeAlias = tuple[str | int, ...]


class Leaf(NamedTuple):
    """A value that is neither an object nor an array, and the way to it."""

    path: Path
    value: Any


class Place(NamedTuple):
    """A part of a request, and the way to it."""

    path: Path
    value: Any

    def words(self) -> set[str]:
        """Its whole texts and the names of its keys, and of those on the way, in lower case."""
        found = {str(step).lower() for step in self.path if isinstance(step, str)}
        for leaf in leaves(self.value):
            found |= {step.lower() for step in leaf.path if isinstance(step, str)}
            if isinstance(leaf.value, str):
                found.add(leaf.value.lower())
        return found

    def says(self, token: object) -> bool:
        """Whether it holds this text or number anywhere, in keys too."""
        return _holds(self.value, token)


def leaves(value: Any, path: Path = ()) -> Iterator[Leaf]:
    """All leaves in the order of the document; an empty object or array is a leaf, too."""
    if is_object(value) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif is_array(value) and value:
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield Leaf(path, value)


def nodes(value: Any, path: Path = ()) -> Iterator[Place]:
    """Everything in the document, the outer before the inner."""
    yield Place(path, value)
    if is_object(value):
        for name, item in value.items():
            yield from nodes(item, (*path, name))
    elif is_array(value):
        for number, item in enumerate(value):
            yield from nodes(item, (*path, number))


def parts_with(value: Any, token: str, others: Iterable[str]) -> list[Place]:
    """The largest parts that hold a text and none of some others."""
    return list(_parts(value, (), token, tuple(others)))


def _parts(value: Any, path: Path, token: str, others: tuple[str, ...]) -> Iterator[Place]:
    if not _holds(value, token):
        return
    if not any(_holds(value, other) for other in others):
        yield Place(path, value)
    elif is_object(value):
        for name, item in value.items():
            if token in name:
                yield Place((*path, name), {name: item})
            else:
                yield from _parts(item, (*path, name), token, others)
    elif is_array(value):
        for number, item in enumerate(value):
            yield from _parts(item, (*path, number), token, others)
    else:
        yield Place(path, value)


def position(value: Any, token: str) -> tuple[int, int] | None:
    """Where a text stands first: the number of its leaf, and its place within that."""
    for number, leaf in enumerate(leaves(value)):
        text = leaf.value
        if isinstance(text, bytes) and token.encode() in text:
            return number, text.index(token.encode())
        if isinstance(text, str) and token in text:
            return number, text.index(token)
    return None


def shown(path: Path) -> str:
    """A path as it is written.

    Example:
        >>> shown(("messages", 0, "role"))
        '$.messages[0].role'
    """
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path)


def _holds(value: Any, token: object) -> bool:
    if isinstance(value, str):  # forms and some JSON services write numbers as text
        return token in value if isinstance(token, str) else value == str(token)
    if is_object(value):
        return any(
            (isinstance(token, str) and token in name) or _holds(item, token)
            for name, item in value.items()
        )
    if is_array(value):
        return any(_holds(item, token) for item in value)
    if isinstance(value, bytes):
        return isinstance(token, str) and token.encode() in value
    return not isinstance(token, str) and type(value) is type(token) and value == token
