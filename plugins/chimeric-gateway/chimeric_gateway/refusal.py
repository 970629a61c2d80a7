"""A request that fails, before a protocol words it."""

from __future__ import annotations

__all__ = ["Refusal"]


class Refusal(Exception):
    """What a client is told instead of an answer.

    Args:
        status: HTTP status; in mid-stream it decides the kind of error.
        message: for the client; without keys, addresses and headers of the upstream.
        code: OpenAI's ``error.code``, where there is one (``invalid_api_key``, ``model_not_found``).
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
