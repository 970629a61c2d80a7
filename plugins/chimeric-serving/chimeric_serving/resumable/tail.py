"""The newest events of a stream, read once for all readers of this process."""

from __future__ import annotations

from typing import Any, Final

import anyio

from chimeric import ChimericError, StreamChunk

from .errors import StoreError, StreamLostError, StreamNotFoundError
from .events import error_event, value_of
from .store import Head, Store

__all__ = ["BEATS", "EXPIRED", "PAGE", "PAUSE", "Tail"]

PAGE: Final = 256
"""Events that are read at a time."""

WINDOW: Final = 1024 * 1024
"""Bytes of events that are kept for readers who are a little late."""

BEATS: Final = 5
"""Signs of life in the time of a lease."""

PAUSE: Final = 0.2
"""Seconds before a store that failed is asked again."""

EXPIRED = "the stream has expired: nothing of it is left"
GONE = "the process that made the answer has ended"


class Tail:
    """The end of a stream that grows. Readers that are further back read the store.

    It follows the store, or is given (``add``) what this process itself has just stored.

    Args:
        store: where the stream is.
        id: the stream's.
        head: what is known of it.
        last: the offset of the last event that is not given or read.
        lease: seconds without a sign of life after which its producer has died.

    Attributes:
        first: the offset of the first event that is kept.
        ended: whether the last event is there.
        error: why nothing more comes, where that is not in the log.
        changed: set when something has come; another one is then in its place.
        readers: how many there are.
    """

    def __init__(self, store: Store, id: str, head: Head, last: int, lease: float) -> None:
        self._store = store
        self._id = id
        self._lease = lease
        self._period = lease / BEATS
        self._values: list[Any] = []
        self._sizes: list[int] = []
        self._size = 0
        self.first = last + 1
        self.error: ChimericError | None = None
        self.changed = anyio.Event()
        self.readers = 0
        self._beats = head.beats
        self._watched = head.watched
        self.ended = head.state != "live"

    def after(self, offset: int) -> list[Any]:
        """What is kept from ``offset + 1`` on, where that is in reach."""
        return self._values[offset + 1 - self.first :]

    async def follow(self) -> None:
        """Read until the end, or until there was no reader for the time of a lease: readers that
        are cut off again and again shall not each wait for a lease of their own."""
        try:
            await self._follow()
        except ChimericError as error:
            self.fail(error)

    def fail(self, error: ChimericError) -> None:
        """Nothing more comes."""
        self.error = self.error or error
        self._wake()

    async def _follow(self) -> None:
        # When the producer gave a sign, was asked for one, and when there was a reader.
        alive = asked = read = now = anyio.current_time()
        while not self.ended and (self.readers or now - read < self._lease):
            now = anyio.current_time()
            read = now if self.readers else read
            try:
                wait = min(self._period, max(alive + self._lease - now, PAUSE))
                events = await self._store.read(self._id, self._last, PAGE, wait)
                began, now = now, anyio.current_time()
                # A machine that stood still did so for the producer too: this counts for no lease.
                alive += max(now - began - wait, 0.0)
                if events:
                    alive = now
                    self.add(events)
                quiet = not events or (self._watched and now - asked >= self._period)
                if quiet and not self.ended:
                    asked = now
                    if await self._is_alive():
                        alive = now
                    elif now - alive >= self._lease:
                        await self._store.lose(
                            self._id, self._beats, error_event(StreamLostError(GONE))
                        )
            except StoreError as error:
                if anyio.current_time() - alive >= self._lease:
                    raise StreamLostError(f"the stream cannot be read: {error.message}") from error
                await anyio.sleep(PAUSE)
            else:
                if now - alive >= 2 * self._lease:
                    # The log should have told it by now: whoever ended the stream could not write.
                    raise StreamLostError(GONE)

    async def _is_alive(self) -> bool:
        """Whether there was a sign of life since the last time; gives one of readers."""
        head = await self._store.head(self._id, seen=self._watched and self.readers > 0)
        if head is None:
            raise StreamNotFoundError(EXPIRED)
        beats, self._beats = self._beats, head.beats
        return head.beats != beats

    @property
    def _last(self) -> int:
        return self.first + len(self._values) - 1

    def add(self, events: list[bytes]) -> None:
        """The next events."""
        for event in events:
            value = value_of(event)
            self._values.append(value)
            self._sizes.append(len(event))
            self._size += len(event)
            self.ended = not isinstance(value, StreamChunk)
        drop = 0
        while self._size > WINDOW or len(self._values) - drop > 2 * PAGE:
            if drop >= len(self._values) - 1:
                break
            self._size -= self._sizes[drop]
            drop += 1
        del self._values[:drop], self._sizes[:drop]
        self.first += drop
        self._wake()

    def _wake(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()
