"""A store in the memory of one process."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

import anyio
import msgspec

from .errors import StoreError
from .store import Head, State

__all__ = ["MemoryStore"]

EVENT = 100
"""Bytes that an event takes beside its own."""


class _Kept:
    """One stream."""

    def __init__(self, token: str, head: Head, ttl: float) -> None:
        self.token = token
        self.head = head
        self.events: list[bytes] = []
        self.size = 0
        self.ttl = ttl
        self.expires = 0.0
        self.changed: anyio.Event | None = None
        """Set at the next change, where somebody waits for it."""

    def change(self, **fields: Any) -> Head:
        """Another head, and all who wait are woken."""
        self.head = msgspec.structs.replace(self.head, **fields)
        return self.head

    def wake(self) -> None:
        if self.changed is not None:
            self.changed.set()
            self.changed = None


class MemoryStore:
    """Streams in the memory of this process, for hubs of one event loop. Readers have to reach the
    process that makes the answer: with several workers take ``RedisStore``.

    Args:
        max_bytes: of all streams together. What ended first is forgotten first; where only running
            ones are left, there is no room for more (``StoreError``).

    Example:
        >>> from chimeric_serving import StreamHub
        >>> hub = StreamHub(MemoryStore())
    """

    def __init__(self, *, max_bytes: int = 256 * 1024 * 1024) -> None:
        if max_bytes <= 0:
            raise ValueError(f"max_bytes must be positive, not {max_bytes!r}")
        self._most = max_bytes
        self._size = 0
        self._streams: dict[str, _Kept] = {}

    async def create(self, id: str, token: str, *, owner: str, watched: bool, ttl: float) -> bool:
        """See ``Store``."""
        if self._find(id) is not None:
            return False
        head = Head(
            state="live", last=0, beats=0, seen=0, owner=owner, stopping=False, watched=watched
        )
        kept = self._streams[id] = _Kept(token, head, ttl)
        kept.expires = anyio.current_time() + ttl
        return True

    async def append(
        self, id: str, token: str, first: int, events: Sequence[bytes], state: State = "live"
    ) -> Head | None:
        """See ``Store``."""
        kept = self._find(id)
        if kept is None or not hmac.compare_digest(kept.token, token):
            return None
        last = first + len(events) - 1
        if kept.head.state != "live":
            again = state == kept.head.state and last <= kept.head.last
            return kept.head if again else None
        if first > kept.head.last + 1:
            return None
        fresh = events[kept.head.last + 1 - first :]
        size = sum(map(len, fresh)) + EVENT * len(fresh)
        if size and state == "live":  # an end is small, and is told even where there is no room
            self._make_room(size)
        kept.events += fresh
        kept.size += size
        self._size += size
        kept.expires = anyio.current_time() + kept.ttl
        kept.change(last=len(kept.events), beats=kept.head.beats + 1, state=state)
        if fresh:
            kept.wake()
        return kept.head

    async def read(self, id: str, after: int, limit: int, wait: float = 0.0) -> list[bytes]:
        """See ``Store``."""
        kept = self._find(id)
        if kept is None:
            return []
        if len(kept.events) <= after and wait > 0:
            if kept.changed is None:
                kept.changed = anyio.Event()
            with anyio.move_on_after(wait):
                await kept.changed.wait()
        return kept.events[after : after + limit]

    async def head(self, id: str, *, seen: bool = False) -> Head | None:
        """See ``Store``."""
        kept = self._find(id)
        if kept is None:
            return None
        return kept.change(seen=kept.head.seen + 1) if seen else kept.head

    async def stop(self, id: str) -> None:
        """See ``Store``."""
        kept = self._find(id)
        if kept is not None and kept.head.state == "live":
            kept.change(stopping=True)

    async def lose(self, id: str, beats: int, event: bytes) -> None:
        """See ``Store``."""
        kept = self._find(id)
        if kept is not None and kept.head.state == "live" and kept.head.beats == beats:
            kept.events.append(event)
            kept.size += len(event) + EVENT
            self._size += len(event) + EVENT
            kept.change(last=len(kept.events), state="lost")
            kept.wake()

    async def tidy(self) -> None:
        """See ``Store``."""
        now = anyio.current_time()
        for name, kept in list(self._streams.items()):
            if kept.expires <= now:
                self._forget(name)

    async def aclose(self) -> None:
        """See ``Store``. The streams stay."""

    def _find(self, id: str) -> _Kept | None:
        kept = self._streams.get(id)
        if kept is not None and kept.expires <= anyio.current_time():
            self._forget(id)
            return None
        return kept

    def _forget(self, id: str) -> None:
        kept = self._streams.pop(id)
        self._size -= kept.size
        kept.wake()

    def _make_room(self, size: int) -> None:
        if self._size + size <= self._most:
            return
        ended = [(k.expires, name) for name, k in self._streams.items() if k.head.state != "live"]
        for _, name in sorted(ended):
            self._forget(name)
            if self._size + size <= self._most:
                return
        raise StoreError(f"the store is full: its streams have {self._size} of {self._most} bytes")
