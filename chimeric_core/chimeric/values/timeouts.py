"""The five time limits of a call."""

from __future__ import annotations

import msgspec

from chimeric.errors import ConfigurationError

__all__ = ["Timeout"]


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
            value = cls(*[float(value)] * 4)
        if any(t is not None and not t > 0 for t in msgspec.structs.astuple(value)):
            raise ConfigurationError(f"every time limit must be more than 0 seconds: {value}")
        return value
