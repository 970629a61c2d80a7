"""Breaks off a blocked read at a given time, from a thread of its own.

A transport cannot be asked to change its read timeout while a body is being read, and blocking
reads cannot be cancelled. Shutting the socket down ends them. One thread serves all blocking calls
of a process; asynchronous ones have the timers of their loop.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable

__all__ = ["Alarm", "arm"]


SWEEP = 256
"""Alarms to keep before the cancelled ones are looked for."""

LONGEST = 3600.0
"""Seconds to sleep at most: the platform cannot count any number of them."""


class Alarm:
    """One pending alarm; ``cancel`` takes it back."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Take the alarm back; harmless when it has gone off."""
        self._action = None

    def ring(self) -> None:
        """Run the action once. What it raises is not for the thread that serves all others."""
        action, self._action = self._action, None
        if action is not None:
            with contextlib.suppress(BaseException):
                action()


class _Clock:
    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._sweep_at = SWEEP

    def add(self, when: float, alarm: Alarm) -> None:
        with self._ready:
            self._sweep()
            heapq.heappush(self._heap, (when, next(self._order), alarm))
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            elif self._heap[0][2] is alarm:
                self._ready.notify()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._run, name="chimeric-watchdog", daemon=True)
        with contextlib.suppress(RuntimeError):  # the interpreter is ending: so do all reads
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._ready:
                # A cancelled alarm stays until its time: while one stands first, later ones
                # need not wake this thread, and most are cancelled at once.
                wait = self._heap[0][0] - time.monotonic() if self._heap else LONGEST
                if wait > 0:
                    self._ready.wait(min(wait, LONGEST))
                    continue
                alarm = heapq.heappop(self._heap)[2]
            alarm.ring()

    def _sweep(self) -> None:
        """Forget cancelled alarms whenever they may be the most of a heap that has doubled."""
        if len(self._heap) >= self._sweep_at:
            self._heap = [item for item in self._heap if item[2]._action is not None]
            heapq.heapify(self._heap)
            self._sweep_at = max(SWEEP, 2 * len(self._heap))


_clock = _Clock()


def arm(when: float, action: Callable[[], None]) -> Alarm:
    """Run ``action`` at the monotonic time ``when``, unless the alarm is cancelled before."""
    alarm = Alarm(action)
    _clock.add(when, alarm)
    return alarm


def _after_fork() -> None:
    """A fork has no thread of its parent, and a lock that one held is never given back."""
    global _clock
    _clock = _Clock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
