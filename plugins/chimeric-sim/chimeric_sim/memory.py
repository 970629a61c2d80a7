"""What the simulator remembers of its own answers, to judge the turns that follow."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

from .prompts import Turn

__all__ = ["Memory"]

T = TypeVar("T")


class _Bounded(Generic[T]):
    """A dict that forgets its oldest entries."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[str, T] = OrderedDict()

    def put(self, key: str, value: T) -> None:
        self._entries[key] = value
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def get(self, key: object) -> T | None:
        return self._entries.get(key) if isinstance(key, str) else None


class Memory:
    """Which items came with which thoughts, and the conversations of stored responses."""

    def __init__(self) -> None:
        self._thoughts: _Bounded[str] = _Bounded(10_000)
        self._conversations: _Bounded[list[Turn]] = _Bounded(1000)

    def remember(self, item_id: str, thought: str) -> None:
        """Note that the item ``item_id`` came with ``thought``."""
        self._thoughts.put(item_id, thought)

    def thought_of(self, item_id: object) -> str | None:
        """The thought that came with an item, or None."""
        return self._thoughts.get(item_id)

    def store(self, response_id: str, turns: list[Turn]) -> None:
        """Keep the conversation that ends with a response."""
        self._conversations.put(response_id, turns)

    def conversation(self, response_id: object) -> list[Turn] | None:
        """The conversation that ends with a response, or None."""
        return self._conversations.get(response_id)
