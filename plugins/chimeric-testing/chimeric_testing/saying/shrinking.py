"""The smallest thing to say that still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

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


def _smaller(said: Said) -> Iterator[Said]:
    if isinstance(said.messages, list):
        for messages in _less(said.messages):
            if messages:
                yield msgspec.structs.replace(said, messages=messages)
    for tools in _less(said.tools):
        yield msgspec.structs.replace(said, tools=tools)
    for params in _less(said.params):
        yield msgspec.structs.replace(said, params=params)


def _less(value: Any) -> Iterator[Any]:
    """A value with one thing less, the big ones first."""
    if isinstance(value, dict):
        for name in value:
            yield {key: inner for key, inner in value.items() if key != name}
        for name, inner in value.items():
            for less in _less(inner):
                yield {**value, name: less}
    elif isinstance(value, (list, tuple)):
        kind = type(value)
        for place in range(len(value)):
            yield kind((*value[:place], *value[place + 1 :]))
        for place, inner in enumerate(value):
            for less in _less(inner):
                yield kind((*value[:place], less, *value[place + 1 :]))
    elif isinstance(value, msgspec.Struct) and not isinstance(value, type):
        for field in msgspec.structs.fields(value):
            now = getattr(value, field.name)
            if field.default is not msgspec.NODEFAULT and now != field.default:
                yield msgspec.structs.replace(value, **{field.name: field.default})
            elif isinstance(now, (dict, tuple)):
                for less in _less(now):
                    yield msgspec.structs.replace(value, **{field.name: less})
