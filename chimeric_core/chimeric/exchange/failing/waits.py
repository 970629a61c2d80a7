"""Whether a failure is worth another try, and after how long."""

from __future__ import annotations

import email.utils
import math
import random
import time
from collections.abc import Mapping
from datetime import UTC

from chimeric.errors import (
    ChimericError,
    ConnectionFailedError,
    ProviderError,
    RequestTimeoutError,
    StreamInterruptedError,
)

__all__ = ["retry_after", "retryable_status", "wait_after"]

RETRY_STATUSES = (408, 409, 429)
LONGEST_WAIT = 60.0
"""Seconds; a provider that asks for more is not waited for."""


def wait_after(error: ChimericError, base: float, cap: float, attempt: int) -> float | None:
    """Seconds to wait before trying again after ``error``, or None not to."""
    if not is_retryable(error):
        return None
    asked = error.retry_after if isinstance(error, ProviderError) else None
    if asked is not None:
        return asked if asked <= LONGEST_WAIT else None
    # Full jitter: clients that failed together must not come back together.
    return random.uniform(0, min(cap, base * 2.0**attempt))  # noqa: S311


def is_retryable(error: ChimericError) -> bool:
    """Whether the same request may succeed if it is sent again."""
    if isinstance(error, RequestTimeoutError):
        return error.phase == "connect"
    if isinstance(error, (ConnectionFailedError, StreamInterruptedError, ProviderError)):
        return error.retryable
    return False


def retryable_status(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a status is worth another try; ``x-should-retry`` decides where it is sent."""
    asked = headers.get("x-should-retry", "").lower()
    if asked in ("true", "false"):
        return asked == "true"
    return status in RETRY_STATUSES or status >= 500


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the provider asks to wait: ``retry-after-ms``, or ``retry-after`` as seconds
    or an HTTP date. What makes no sense is ignored.

    Example:
        >>> retry_after({"retry-after": "1.5"})
        1.5
    """
    milliseconds = _positive(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _positive(value)
    if seconds is not None or not value:
        return seconds
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    try:
        wait = date.timestamp() - time.time()
    except (OverflowError, ValueError):
        return None
    return wait if wait > 0 else None


def _positive(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
