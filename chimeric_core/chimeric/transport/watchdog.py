"""Breaks off a blocked read at a given time, from a thread of its own.

A transport cannot be asked to change its read timeout while a body is being read, and blocking
reads cannot be cancelled. Shutting the socket down ends them, sync or async, on any event loop.
The thread starts when a limit is first armed that is shorter than the read timeout.
"""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable

__all__ = ["Alarm", "arm"]


SWEEP = 256
"""Alarms to keep before the cancelled ones are looked for."""


class Alarm:
    """One pending alarm; ``cancel`` takes it back."""

    __slots__ = ("_action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self._action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Take the alarm back; harmless when it has gone off."""
        self._action = None

    def ring(self) -> None:
        """Run the action once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class _Clock:
    def __init__(self) -> None:
        self._pid = os.getpid()
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._sweep_at = SWEEP

    def add(self, when: float, alarm: Alarm) -> None:
        with self._ready:
            self._sweep()
            heapq.heappush(self._heap, (when, next(self._order), alarm))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="chimeric-watchdog", daemon=True
                )
                self._thread.start()
            elif self._heap[0][2] is alarm:
                self._ready.notify()

    def of_this_process(self) -> bool:
        return self._pid == os.getpid()

    def _run(self) -> None:
        while True:
            with self._ready:
                # A cancelled alarm stays until its time: while one stands first, later ones
                # need not wake this thread, and most are cancelled at once.
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._ready.wait(wait)
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
    global _clock
    if not _clock.of_this_process():
        _clock = _Clock()  # a fork has no thread of its parent
    alarm = Alarm(action)
    _clock.add(when, alarm)
    return alarm
