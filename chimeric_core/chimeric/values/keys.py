"""Dicts that are read key by key, so that nothing in them is lost without a word."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["Keys", "own_keys"]


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
        """What is left, without keys that are told of no one and empty ones; None for nothing."""
        left = {
            name: value
            for name, value in self._left.items()
            if name not in idle and value is not None and value != [] and value != {}
        }
        return left or None


def own_keys(extra: Mapping[str, Any] | None, known: Collection[str] | None) -> dict[str, Any]:
    """Those of the other keys of a part, a message, a call or a tool that a provider's form has.

    Whatever is not sent is told to the caller by the core.

    Args:
        extra: the ``extra`` of a ``TextPart``, ``Message``, ``ToolCall``, ``Tool``, ...
        known: the names that the provider's form has; None for all names.

    Example:
        >>> own_keys({"cache_control": {"type": "ephemeral"}, "x": 1}, ("cache_control",))
        {'cache_control': {'type': 'ephemeral'}}
    """
    if not extra:
        return {}
    return {name: value for name, value in extra.items() if known is None or name in known}
