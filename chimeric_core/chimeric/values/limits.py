"""What a call may not pass: sizes, so that nothing can fill the memory, and times."""

from __future__ import annotations

import msgspec

from chimeric.errors import ConfigurationError

__all__ = ["Limits", "Timeout"]


MOST = 1e300
"""Seconds that a limit is at most; Python's integers know numbers that are no float."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one response; each has its own clear error (``ProtocolError.limit``).

    Attributes:
        event_size: bytes of one event, decompressed.
        response_size: bytes of one response, decompressed; None for no limit.
        error_body: bytes of an error's body that are read and kept.

    Example:
        >>> Limits(event_size=1024).event_size
        1024
    """

    event_size: int = 16 * 1024 * 1024
    response_size: int | None = 1024 * 1024 * 1024
    error_body: int = 64 * 1024


class Timeout(msgspec.Struct, frozen=True):
    """Time limits in seconds; None for no limit.

    Attributes:
        connect: to make the connection.
        read: without any byte.
        first: to the first content, counted from sending the request.
        gap: between two pieces of content; keep-alive comments and pings do not count.
        total: everything: tries, waits, tools and turns.

    Example:
        >>> Timeout(gap=30).read
        120.0
    """

    connect: float | None = 10.0
    read: float | None = 120.0
    first: float | None = 600.0
    gap: float | None = 300.0
    total: float | None = None

    @classmethod
    def of(cls, value: Timeout | float | None) -> Timeout:
        """A ``Timeout``; a number sets all limits but ``total``, None sets no limit at all.

        Raises:
            ConfigurationError: for anything else, or a limit that is not positive.
        """
        if value is None:
            return cls(None, None, None, None, None)
        if isinstance(value, bool) or not isinstance(value, (Timeout, int, float)):
            raise ConfigurationError(f"timeout must be a number or a Timeout, not {value!r}")
        if not isinstance(value, Timeout):
            value = cls(*[value] * 4)
        given = msgspec.structs.astuple(value)
        try:
            limits = [t if t is None else float(min(t, MOST)) for t in given]
        except TypeError:
            raise ConfigurationError(f"every time limit must be a number: {value}") from None
        if any(t is not None and not t > 0 for t in limits):
            raise ConfigurationError(f"every time limit must be more than 0 seconds: {value}")
        return cls(*limits)
