"""Dicts that are read key by key, so that nothing in them is lost without a word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from chimeric.errors import ChimericError
from chimeric.nearest import nearest

__all__ = ["Keys", "check_slips"]


class Keys:
    """The keys of a dict as they are read, and at the end those that nobody has asked for."""

    __slots__ = ("_left",)

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._left = dict(raw)

    def take(self, *names: str) -> Any:
        """The first of these that says something; the others say the same."""
        values = [self._left.pop(name) for name in names if name in self._left]
        return next((value for value in values if value is not None), None)

    def rest(self, *idle: str) -> dict[str, Any] | None:
        """What is left, without keys that are told of no one and empty ones; None for nothing.

        Each object is one of its own, so that it can be told from equal ones in what is sent.
        """
        told = ((name, _own(value)) for name, value in self._left.items() if name not in idle)
        return {name: value for name, value in told if value not in (None, [], {})} or None


def _own(value: Any) -> Any:
    return type(value)(value) if type(value) in (dict, list) else value


def check_slips(
    rest: Mapping[str, Any], known: Collection[str], where: str, error: type[ChimericError]
) -> None:
    """Raise an error for a key that is almost one of these, which are not given."""
    for name in rest:
        if name not in known and (meant := nearest(str(name), tuple(known), 0.85)):
            raise error(f"{where} has the key {name!r}; did you mean {meant!r}?")
