"""How long the first model is waited for: a fixed time, or what its own answers have taken."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, insort
from collections import deque

__all__ = ["ENOUGH", "Patience"]

ENOUGH = 20
"""Answers that are measured before they say anything."""

WINDOW = 500
"""Latest answers that count."""


class Patience:
    """Seconds to wait for the first content of one model. Safe to share between threads.

    Without a fixed delay it is the quantile of the times that the latest 500 answers took. An
    answer that was given up, since another came first, counts with the time that it was waited
    for: that is a lower bound, and leaves the quantile where it is as long as it lies above it.

    Args:
        delay: the time, where it is fixed.
        quantile: which part of the answers should not be hedged.
        initial: seconds, until 20 answers were measured.
        bounds: seconds that the measured time is held between.

    Example:
        >>> patience = Patience(None, 0.95, initial=2.0, bounds=(0.05, 30.0))
        >>> patience.seconds()
        2.0
        >>> for hundredths in range(1, 101):
        ...     patience.note(hundredths / 100)
        >>> patience.seconds()
        0.95
    """

    def __init__(
        self, delay: float | None, quantile: float, initial: float, bounds: tuple[float, float]
    ) -> None:
        self._delay = delay
        self._quantile = quantile
        self._initial = initial
        self._least, self._most = bounds
        self._latest: deque[float] = deque()
        self._sorted: list[float] = []
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """How long to wait now."""
        if self._delay is not None:
            return self._delay
        with self._lock:
            count = len(self._sorted)
            if count < ENOUGH:
                return self._initial
            measured = self._sorted[max(0, math.ceil(self._quantile * count) - 1)]
        return min(max(measured, self._least), self._most)

    def note(self, seconds: float) -> None:
        """Content came after so many seconds, or was waited for so long."""
        if self._delay is not None:
            return
        with self._lock:
            if len(self._latest) == WINDOW:
                del self._sorted[bisect_left(self._sorted, self._latest.popleft())]
            self._latest.append(seconds)
            insort(self._sorted, seconds)
