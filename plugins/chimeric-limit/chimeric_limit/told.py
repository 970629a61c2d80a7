"""What a provider says of its own limits."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

__all__ = ["pause_of", "seconds_until"]

BUSY: Final = (408, 413, 425, 429, 498, 500, 502, 503, 504, 529)
"""Statuses with which a server may ask to wait; 413 and 498 are Groq's, for tokens and capacity."""

LONGEST: Final = 86_400.0
"""Seconds; what is further away is not believed."""

DURATION: Final = re.compile(
    r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?(?:[\d.]+(?:us|µs|ns))?"
)
EPOCH: Final = 1e9

WINDOWS: Final = {"second": 1.0, "minute": 60.0}
"""Seconds of a window that a header's name tells."""

FIELDS: Final = re.compile(r";\s*(\w+)\s*=\s*([\d.]+)")
"""Parameters of a structured field (RFC 9651)."""


def pause_of(status: int | None, headers: Mapping[str, str], asked: float | None = None) -> float:
    """Seconds for which the provider will take nothing, by what it says; 0 where it takes more.

    Of what asks to wait, the longest that can be believed counts:

    - ``asked``: what the error told, in whatever form (Google's ``RetryInfo``, Bedrock's
      ``x-amz-retry-after``).
    - ``retry-after`` and ``retry-after-ms``, with the statuses that ask to wait; with 429 also a
      ``...ratelimit-reset`` that stands alone (Cohere).
    - A ``...remaining...`` of 0 or less, until the ``...reset...`` beside it, whatever the status
      is: ``x-ratelimit-*`` (OpenAI, Azure, Groq, Cerebras, OpenRouter), ``anthropic-ratelimit-*``.
      Without a reset, for the window in its name (Mistral: ``...-tokens-minute``).
    - ``ratelimit: "name";r=0;t=30``, as the IETF's draft has it.

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
        >>> pause_of(429, {}, 46.0)
        46.0
    """
    pauses = [asked or 0.0, *_used_up(headers)]
    if status in BUSY:
        pauses.append(_retry_after(headers))
    if status == 429 and not any("remaining" in name for name in headers):
        pauses += [_until(told) for name, told in headers.items() if name.endswith(ALONE)]
    return max((pause for pause in pauses if 0 < pause <= LONGEST), default=0.0)


ALONE: Final = "ratelimit-reset"


def _retry_after(headers: Mapping[str, str]) -> float:
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds:
        return milliseconds / 1000
    return _until(headers.get("retry-after"))


def _used_up(headers: Mapping[str, str]) -> Iterator[float]:
    """Seconds until there is more of what is used up, for each limit."""
    for name, told in headers.items():
        if "ratelimit" not in name:
            continue
        left = _number(told)
        if left is None:
            fields = dict(FIELDS.findall(told))  # of the IETF's draft
            if _number(fields.get("r", "")) == 0.0:
                yield _until(fields.get("t"))
        elif "remaining" in name and left <= 0:
            reset = headers.get(name.replace("remaining", "reset"))
            yield WINDOWS.get(name.rpartition("-")[2], 0.0) if reset is None else _until(reset)


def _until(told: str | None) -> float:
    return (seconds_until(told) or 0.0) if told else 0.0


def seconds_until(told: str) -> float | None:
    """Seconds until a moment, in any of the forms that providers use: seconds, a duration as Go
    writes it (``2m18.779s``, ``9ms``), seconds or milliseconds of the epoch, or a date.

    Example:
        >>> seconds_until("9ms"), seconds_until("2m18.5s"), seconds_until("soon")
        (0.009, 138.5, None)
    """
    told = told.strip()
    number = _number(told)
    if number is not None:
        if number > EPOCH:
            number = number / 1000 if number > EPOCH * 1000 else number
            return max(0.0, number - time.time())
        return max(0.0, number)
    match = DURATION.fullmatch(told)
    if told and match is not None:
        days, hours, minutes, seconds, milliseconds = (float(g or 0) for g in match.groups())
        whole = days * 86_400 + hours * 3600 + minutes * 60
        return whole + seconds + milliseconds / 1000
    return _date(told)


def _date(told: str) -> float | None:
    from email.utils import parsedate_to_datetime

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(told.replace("Z", "+00:00"))
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)  # as RFC 9110 has its dates
        return max(0.0, moment.timestamp() - time.time())
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None
