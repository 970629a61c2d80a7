"""When a stream that was cut is joined again, and after how long."""

from __future__ import annotations

import random

from chimeric import (
    ChimericError,
    HTTPRequest,
    ProtocolError,
    ProviderError,
    RequestTimeoutError,
    StreamError,
    StreamInterruptedError,
    TransportError,
)

from .course import Course

__all__ = ["is_cut", "pause_before"]

LONGEST = 60.0
"""Seconds; a service that asks for more is not waited for."""


def is_cut(error: ChimericError) -> bool:
    """Whether an answer was cut on its way, so that it may be whole where it comes from."""
    if isinstance(error, RequestTimeoutError):
        return error.phase != "total"
    if isinstance(error, ProtocolError):
        return error.limit is None
    if isinstance(error, StreamInterruptedError):
        return error.retryable
    return isinstance(error, (StreamError, TransportError))


def pause_before(
    course: Course, rest: HTTPRequest, error: ChimericError, most: int
) -> float | None:
    """Seconds to wait before the next join, or None where there is to be none.

    ``most`` is how many joins in a row may bring nothing: where events came, the next begins
    behind them, at another place.
    """
    course.joins_at(rest.url)
    asked = 0.0
    if isinstance(error, ProviderError):
        if not error.retryable and error.status_code not in (408, 409):
            return None
        asked = error.retry_after or 0.0
    elif not is_cut(error):
        return None
    course.vain += 1
    if course.vain > most or asked > LONGEST:
        return None
    if course.vain == 1 and not asked:
        return 0.0
    # Full jitter: streams that were cut together must not come back together.
    return asked or random.uniform(0, min(8.0, 0.25 * 2.0**course.vain))  # noqa: S311
