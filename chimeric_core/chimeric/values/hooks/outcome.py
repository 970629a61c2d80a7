"""What became of an attempt, for the hook that stands around it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chimeric.values.usage import Usage

__all__ = ["Outcome"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What ``yield SEND`` gives back in ``chimeric_attempt``.

    Attributes:
        status: the HTTP status; None where no answer began.
        headers: the answer's headers, names in lower case, secrets masked.
        usage: token counts, as far as they were told.
        error: why the attempt failed, a ``ChimericError`` unless it is the caller's own; None when
            it went well, and when the caller closed the stream early (``context.closed_early``
            tells the two apart).
        seconds: from ``yield SEND`` on.

    Example:
        >>> Outcome(seconds=0.5).error is None
        True
    """

    status: int | None = None
    headers: Mapping[str, str] = {}
    usage: Usage | None = None
    error: Exception | None = None
    seconds: float = 0.0
