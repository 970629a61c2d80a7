"""New events of all streams that a process reads, over one connection that waits for them."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import anyio

from chimeric import current_loop

from .redis_commands import call_in, join

if TYPE_CHECKING:
    import redis

__all__ = ["Watch", "Watches"]

COUNT: Final = 256
"""Events of a stream that are taken at a time."""

UNUSED: Final = 5.0
"""Seconds after which a place that nobody asked about is given up."""

HELD: Final = 4 * 1024 * 1024
"""Bytes that wait for a reader that does not ask; it will read the log."""

PAUSE: Final = 0.2
"""Seconds before a server that failed is asked again."""


class Watch:
    """The place of one reader in a stream.

    Attributes:
        after: the offset of the last event that it was given.
        taken: whether somebody waits here.
        used: when somebody did last, by this process's clock.
    """

    def __init__(self, lock: threading.Lock, after: int) -> None:
        self._lock = lock
        self.after = after
        self.taken = True
        self.used = time.monotonic()
        self._events: list[bytes] = []
        self._size = 0
        self._ready: anyio.Event | None = None
        self._loop = current_loop()

    async def take(self, limit: int, wait: float) -> list[bytes]:
        """The next events; waits for one."""
        ready = None
        try:
            with self._lock:
                if not self._events:
                    ready = self._ready = anyio.Event()
            if ready is not None:
                with anyio.move_on_after(wait):
                    await ready.wait()
            with self._lock:
                events = self._events[:limit]
                del self._events[:limit]
                self._size -= sum(map(len, events))
                self.after += len(events)
                return events
        finally:
            self.used = time.monotonic()
            self.taken = False

    def put(self, first: int, events: list[bytes]) -> bool:
        """Hold events for it (with the lock); whether it goes on."""
        held = self.after + len(self._events)
        keeps_up = first <= held + 1 and self._size <= HELD
        fresh = events[held + 1 - first :] if keeps_up else []
        self._events += fresh
        self._size += sum(map(len, fresh))
        if self._ready is not None and (fresh or not keeps_up):
            call_in(self._loop, self._ready.set)
            self._ready = None
        return keeps_up


class Watches:
    """All places of a process.

    Args:
        client: with a connection for this alone.
        wake: adds an entry to a stream, so that a read that waits returns.
        prefix: what keys begin with.
        block: seconds that a read waits.
    """

    def __init__(
        self,
        client: redis.Redis,
        wake: Callable[[str], Awaitable[object]],
        prefix: str,
        block: float,
    ) -> None:
        self._client: Any = client
        self._wake = wake
        self._block = round(block * 1000)
        self._lock = threading.Lock()
        self._change = threading.Condition(self._lock)
        self._places: dict[str, list[Watch]] = {}
        self._cursors: dict[str, int] = {}
        self._bell = f"{prefix}bell:{secrets.token_hex(8)}"
        self._rung = "0-0"
        self._thread: threading.Thread | None = None
        self._ending = False

    def find(self, key: str, after: int) -> Watch | None:
        """The place of a reader that was here before."""
        with self._lock:
            for watch in self._places.get(key, ()):
                if watch.after == after and not watch.taken:
                    watch.taken = True
                    return watch
        return None

    async def begin(self, key: str, after: int) -> Watch | None:
        """A place in a stream that has no event after this one, as far as is known.

        Returns:
            None where it has meanwhile.
        """
        with self._lock:
            if self._cursors.get(key, after) > after:
                return None
            watch = Watch(self._lock, after)
            fresh = key not in self._cursors
            self._places.setdefault(key, []).append(watch)
            self._cursors.setdefault(key, after)  # or less: each place knows what it has
            running = self._thread is not None and self._thread.is_alive()
            if not running:
                self._ending = False
                self._thread = threading.Thread(
                    target=self._work, name="chimeric-hub-watch", daemon=True
                )
                self._thread.start()
            self._change.notify()
        if fresh and running:
            try:
                await self._wake(self._bell)
            except BaseException:
                watch.taken = False
                raise
        return watch

    async def aclose(self) -> None:
        """End the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending = True
            self._places.clear()
            self._cursors.clear()
            self._change.notify()
        if thread is not None:
            await join(thread)

    def _work(self) -> None:
        while True:
            with self._lock:
                self._prune()
                while not self._cursors and not self._ending:
                    self._change.wait()
                if self._ending:
                    return
                asked: dict[str, str] = {k: f"{n}-0" for k, n in self._cursors.items()}
            asked[self._bell] = self._rung
            try:
                answer: Any = self._client.xread(asked, COUNT, self._block)
            except Exception:  # whoever waits asks for the head next, and is told
                time.sleep(PAUSE)
                continue
            told: dict[bytes, Any] = dict(answer or ())
            with self._lock:
                for key, entries in told.items():
                    self._put(key.decode(), entries)

    def _put(self, key: str, entries: Any) -> None:
        if key == self._bell:
            self._rung = entries[-1][0].decode()
            return
        if key not in self._cursors:
            return
        first = int(entries[0][0].partition(b"-")[0])
        events = [fields[b"d"] for _, fields in entries]
        self._cursors[key] = first + len(events) - 1
        self._places[key] = keep = [w for w in self._places[key] if w.put(first, events)]
        if not keep:
            del self._places[key], self._cursors[key]

    def _prune(self) -> None:
        old = time.monotonic() - UNUSED
        for key, watches in list(self._places.items()):
            self._places[key] = kept = [w for w in watches if w.taken or w.used > old]
            if not kept:
                del self._places[key], self._cursors[key]
