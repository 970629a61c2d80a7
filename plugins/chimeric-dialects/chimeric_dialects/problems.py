"""What is wrong with a request, before a protocol words it in its own error shape."""

from __future__ import annotations

from typing import Literal

__all__ = ["Problem", "ProblemKind", "kind_of_status"]

ProblemKind = Literal[
    "missing_key",
    "bad_key",
    "permission",
    "not_found",
    "unknown_model",
    "bad_request",
    "malformed",
    "method",
    "rate_limit",
    "server",
    "overloaded",
]


class Problem(Exception):  # noqa: N818 - it is the caller's
    """A request that is refused.

    Attributes:
        kind: what is wrong; each protocol has its own status and type for it.
        param: where in the body, in the protocol's own notation.
        code: the protocol's own code, where the kind's usual one does not fit.
        status: HTTP status, where the kind's usual one does not fit.
        retry_after: seconds for a ``retry-after`` header.
        variant: whose words of a protocol are to be used, where several services speak it.
    """

    def __init__(
        self,
        kind: ProblemKind,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind: ProblemKind = kind
        self.message = message
        self.param = param
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.variant = ""


_KINDS: dict[int, ProblemKind] = {
    401: "bad_key",
    403: "permission",
    404: "not_found",
    405: "method",
    429: "rate_limit",
    529: "overloaded",
}


def kind_of_status(status: int) -> ProblemKind:
    """The kind that usually has this HTTP status."""
    return _KINDS.get(status, "server" if status >= 500 else "bad_request")
