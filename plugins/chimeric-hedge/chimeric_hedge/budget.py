"""How many requests may be sent besides those that were asked for."""

from __future__ import annotations

import threading

__all__ = ["Budget"]

MOST = 10.0
"""Extra requests that may be saved up, so that hours of calm do not pay for a storm."""

SMALL = 1e-9
"""Twenty times 0.05 is one."""


class Budget:
    """A part of the requests, and one more at the start. Safe to share between threads.

    Args:
        share: extra requests for each request; None for any number.

    Example:
        >>> budget = Budget(0.5)
        >>> [(budget.earn(), budget.spend())[1] for _ in range(5)]
        [True, True, False, True, False]
    """

    def __init__(self, share: float | None) -> None:
        self._share = share
        self._saved = 1.0 if share else 0.0
        self._lock = threading.Lock()

    def earn(self) -> None:
        """A request was asked for."""
        if self._share is not None:
            with self._lock:
                self._saved = min(MOST, self._saved + self._share)

    def spend(self) -> bool:
        """Whether one more may be sent; it is taken off."""
        if self._share is None:
            return True
        with self._lock:
            allowed = self._saved >= 1.0 - SMALL
            if allowed:
                self._saved -= 1.0
            return allowed
