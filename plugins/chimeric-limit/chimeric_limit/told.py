"""What a provider says of its own limits."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final

__all__ = ["pause_of", "seconds_until"]

BUSY: Final = (429, 503, 529)

LONGEST: Final = 86_400.0
"""Seconds; what is further away is not believed."""

DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?")
EPOCH: Final = 1e9


def pause_of(status: int | None, headers: Mapping[str, str]) -> float:
    """Seconds for which the provider will take nothing, by its headers; 0 where it takes more.

    ``retry-after`` and ``retry-after-ms`` count with the statuses that ask to wait; a
    ``...remaining...`` of 0 counts until the ``...reset...`` beside it, whatever the status is
    (OpenAI, Groq, Azure, Cerebras: ``x-ratelimit-*``; Anthropic: ``anthropic-ratelimit-*``).

    Example:
        >>> pause_of(429, {"retry-after": "2"})
        2.0
        >>> pause_of(
        ...     200,
        ...     {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m2.5s"},
        ... )
        62.5
        >>> pause_of(200, {"x-ratelimit-remaining-requests": "7"})
        0.0
    """
    pauses = [0.0]
    if status in BUSY:
        if milliseconds := _number(headers.get("retry-after-ms", "")):
            pauses.append(milliseconds / 1000)
        elif "retry-after" in headers:
            pauses.append(seconds_until(headers["retry-after"]) or 0.0)
    for name, value in headers.items():
        if "ratelimit" in name and "remaining" in name and (left := _number(value)) is not None:
            reset = headers.get(name.replace("remaining", "reset"))
            if left <= 0 and reset is not None:
                pauses.append(seconds_until(reset) or 0.0)
    longest = max(pauses)
    return longest if longest <= LONGEST else 0.0


def seconds_until(told: str) -> float | None:
    """Seconds until a moment, in any of the forms that providers use: seconds, a duration as Go
    writes it (``2m18.779s``, ``9ms``), seconds or milliseconds of the epoch, or a date.

    Example:
        >>> seconds_until("9ms"), seconds_until("2m18.5s"), seconds_until("soon")
        (0.009, 138.5, None)
    """
    number = _number(told)
    if number is not None:
        if number > EPOCH:
            number = number / 1000 if number > EPOCH * 1000 else number
            return max(0.0, number - time.time())
        return max(0.0, number)
    match = DURATION.fullmatch(told)
    if match is not None and any(match.groups()):
        days, hours, minutes, seconds, milliseconds = (float(g or 0) for g in match.groups())
        whole = days * 86_400 + hours * 3600 + minutes * 60
        return whole + seconds + milliseconds / 1000
    return _date(told)


def _date(told: str) -> float | None:
    from email.utils import parsedate_to_datetime

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return max(0.0, read(told.replace("Z", "+00:00")).timestamp() - time.time())
        except ValueError:
            continue
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None
