"""The smallest thing to say that still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from chimeric_testing.recorded import is_array, is_object

from .said import Said

__all__ = ["smallest"]


def smallest(said: Said, fails: Callable[[Said], bool], *, tries: int = 400) -> Said:
    """Take away what can be taken away while it still fails.

    Args:
        said: what fails.
        fails: whether something fails in the same way.
        tries: how often to ask, at most.
    """
    left = tries
    again = True
    while again and left > 0:
        again = False
        for smaller in _smaller(said):
            left -= 1
            if left < 0:
                break
            if fails(smaller):
                said, again = smaller, True
                break
    return said


FRAME = ("role", "content", "type", "text", "parts", "name", "id", "function", "arguments")
"""Keys without which a dict is no longer what it was."""


def _smaller(said: Said) -> Iterator[Said]:
    messages: Any = said.messages
    if is_array(messages):
        for size in (len(messages) // 2, 3, 2):
            for place in range(len(messages) - size + 1) if size else ():
                left = [*messages[:place], *messages[place + size :]]
                if left:
                    yield msgspec.structs.replace(said, messages=left)
        for less in _less(messages):
            if less:
                yield msgspec.structs.replace(said, messages=less)
    if len(said.tools) == 1:
        yield msgspec.structs.replace(said, tools=[])
    for tools in _less(said.tools):
        yield msgspec.structs.replace(said, tools=tools)
    if len(said.params) == 1:
        yield msgspec.structs.replace(said, params={})
    for params in _less(said.params):
        yield msgspec.structs.replace(said, params=params)


def _less(value: Any) -> Iterator[Any]:
    """A value with one thing less, the big ones first."""
    if is_object(value):
        for name in value:
            if name not in FRAME and len(value) > 1:
                yield {key: inner for key, inner in value.items() if key != name}
        for name, inner in value.items():
            for less in _less(inner):
                yield {**value, name: less}
    elif is_array(value):
        for place in range(len(value) if len(value) > 1 else 0):
            yield [*value[:place], *value[place + 1 :]]
        for place, inner in enumerate(value):
            for less in _less(inner):
                yield [*value[:place], less, *value[place + 1 :]]
    elif isinstance(value, msgspec.Struct) and not isinstance(value, type):
        for field in msgspec.structs.fields(value):
            now = getattr(value, field.name)
            fixed = field.name in ("content", "parameters") or field.default is msgspec.NODEFAULT
            if not fixed and now != field.default:
                yield msgspec.structs.replace(value, **{field.name: field.default})
            elif isinstance(now, tuple):
                for less in _less([*now]):
                    yield msgspec.structs.replace(value, **{field.name: tuple(less)})
            elif is_object(now):
                for less in _less(now):
                    yield msgspec.structs.replace(value, **{field.name: less})
