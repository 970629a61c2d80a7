"""A request that fails, before a protocol words it."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["Refusal"]

LONGEST: Final = 10.0**9
"""Seconds; more, or endless ones, are no number that a header holds."""


class Refusal(Exception):  # noqa: N818 -- an answer to a client, not a fault of ours
    """What a client is told instead of an answer.

    Args:
        status: HTTP status; in mid-stream it decides the kind of error.
        message: for the client; without keys, addresses and headers of the upstream.
        code: OpenAI's ``error.code``, where there is one (``invalid_api_key``, ...).
        param: the field at fault, where one is.
        retry_after: seconds, for the header ``retry-after``.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.retry_after = retry_after

    @property
    def wait(self) -> dict[str, str]:
        """The header ``retry-after``, in whole seconds as HTTP has it; nothing where there is none.

        Example:
            >>> Refusal(429, "too many", retry_after=1.2).wait
            {'retry-after': '2'}
        """
        if self.retry_after is None:
            return {}
        return {"retry-after": str(math.ceil(max(0.0, min(self.retry_after, LONGEST))))}
