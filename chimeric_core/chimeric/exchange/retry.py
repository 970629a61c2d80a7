"""When to try again, and after how long."""

from __future__ import annotations

import msgspec

from chimeric.errors import ChimericError

__all__ = ["RetryPolicy"]


class RetryPolicy(msgspec.Struct, frozen=True):
    """How often a request is tried again, and how long to wait in between (seconds).

    Only what failed before its first content is tried again. A wait is what the provider asked
    for, else a random time up to ``base * 2 ** attempt`` and at most ``cap``.
    """

    max_retries: int = 2
    base: float = 0.5
    cap: float = 8.0

    def delay(self, error: ChimericError, attempt: int) -> float | None:
        """Seconds to wait before trying again after ``error``, or None not to."""
        if attempt >= self.max_retries:
            return None
        from .failing.waits import wait_after

        return wait_after(error, self.base, self.cap, attempt)
