"""A memory that forgets: what the simulator knows of its own answers is bounded."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Memory"]

T = TypeVar("T")


class Memory(Generic[T]):
    """Keeps the latest ``size`` entries."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, T] = OrderedDict()

    def put(self, key: str, value: T) -> None:
        """Keep an entry, at the cost of the oldest one."""
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def get(self, key: object) -> T | None:
        """An entry, or None."""
        return self._entries.get(key) if isinstance(key, str) else None
