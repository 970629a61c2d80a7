"""Where rows are kept: the protocol that every store has."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["Store"]


@runtime_checkable
class Store(Protocol):
    """Keeps bytes under a key. It may block, and is called from any thread.

    Example:
        >>> class InMemory:
        ...     def __init__(self):
        ...         self.rows = {}
        ...     def get(self, key):
        ...         return self.rows.get(key)
        ...     def put(self, key, value):
        ...         self.rows[key] = value
        >>> isinstance(InMemory(), Store)
        True
    """

    def get(self, key: str) -> bytes | None:
        """What is kept under the key, or None."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep it, in the place of what was there."""
        ...
