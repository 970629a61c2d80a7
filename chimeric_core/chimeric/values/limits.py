"""Sizes that a call may not pass, so that nothing can fill the memory."""

from __future__ import annotations

import msgspec

__all__ = ["Limits"]


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
