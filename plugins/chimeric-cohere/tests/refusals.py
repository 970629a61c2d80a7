"""Errors of Cohere's, and what they are here."""

from __future__ import annotations

from chimeric_testing import ErrorKind

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)

STATUSES = {
    **dict.fromkeys((400, 422, 499), BadRequestError),
    **dict.fromkeys((500, 501, 503, 504), ServerError),
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
    498: AuthenticationError,
}
KINDS = {
    **{f"{status}": ErrorKind(status=status, error=kind) for status, kind in STATUSES.items()},
    "a text": ErrorKind(status=498, error=AuthenticationError, body=b"invalid token: zfault"),
    "a text that is cut": ErrorKind(status=400, error=BadRequestError, body=b"zfault \xc3"),
    "a later try": ErrorKind(
        status=429,
        error=RateLimitError,
        headers={"retry-after-ms": "1500", "x-debug-trace-id": "t1"},
        retry_after=1.5,
        retryable=True,
    ),
    "a reset": ErrorKind(
        status=429, error=RateLimitError, headers={"retry-after": "3"}, retry_after=3
    ),
}
