"""Keeps requests away from an endpoint that fails, for a while."""

from __future__ import annotations

from collections import deque

__all__ = ["Breaker"]


class Breaker:
    """The circuit breaker of one endpoint. It holds no lock: whoever asks it has one.

    Closed, it lets all through. So many failures in a window open it: nothing passes while it
    rests. Then it is half open: one request passes as a trial. If that goes well it closes, if it
    fails it rests again. A trial that was given up says nothing: the next request is another, and
    so it is where nothing was heard of a trial for the time of a rest.

    Args:
        failures: how many open it.
        window: seconds in which they must fall.
        rest: seconds that it stays open; longer where the endpoint asked for it.

    Example:
        >>> breaker = Breaker(failures=2, window=60, rest=30)
        >>> breaker.failed(0.0), breaker.failed(1.0), breaker.passes(2.0), breaker.passes(31.0)
        (None, None, False, True)
    """

    def __init__(self, failures: int, window: float, rest: float) -> None:
        self._most = failures
        self._window = window
        self._rest = rest
        self._failures: deque[float] = deque()
        self._open_until: float | None = None
        self._tried: float | None = None

    @property
    def count(self) -> int:
        """Failures that opened it, or fell into the latest window."""
        return len(self._failures)

    def rests(self, now: float) -> float:
        """Seconds until something passes; 0 where it does, or a trial is under way."""
        return 0.0 if self._open_until is None else max(0.0, self._open_until - now)

    def passes(self, now: float) -> bool:
        """Whether a request may go there."""
        if self._open_until is None:
            return True
        on_trial = self._tried is not None and now - self._tried < self._rest
        return now >= self._open_until and not on_trial

    def begin(self, now: float) -> bool:
        """A request is to go there, since it passes; whether it is a trial."""
        if self._open_until is None:
            return False
        self._tried = now
        return True

    def answered(self, *, trial: bool) -> None:
        """The endpoint works."""
        if trial:
            self._failures.clear()
            self._open_until = None
            self._tried = None

    def failed(self, now: float, *, trial: bool = False, pause: float | None = None) -> None:
        """The endpoint failed; ``pause`` is how long it asked to be left alone."""
        while self._failures and now - self._failures[0] > self._window:
            self._failures.popleft()
        self._failures.append(now)
        if trial or len(self._failures) >= self._most:
            self._open_until = now + max(self._rest, pause or 0.0)
        if trial:
            self._tried = None

    def given_up(self, *, trial: bool) -> None:
        """The request ended and tells nothing of the endpoint."""
        if trial:
            self._tried = None
