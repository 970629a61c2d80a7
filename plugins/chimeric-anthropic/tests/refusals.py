"""Errors of Anthropic's, and what they are here."""

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
    "invalid_request_error": (400, BadRequestError),
    "billing_error": (402, BadRequestError),
    "authentication_error": (401, AuthenticationError),
    "permission_error": (403, PermissionDeniedError),
    "not_found_error": (404, NotFoundError),
    "conflict_error": (409, BadRequestError),
    "request_too_large": (413, BadRequestError),
    "rate_limit_error": (429, RateLimitError),
    "api_error": (500, ServerError),
    "timeout_error": (504, ServerError),
    "overloaded_error": (529, ServerError),
}
KINDS = {
    **{
        name: ErrorKind(status=status, error=kind, type=name)
        for name, (status, kind) in STATUSES.items()
    },
    "spent": ErrorKind(
        status=429,
        error=RateLimitError,
        type="rate_limit_error",
        code="spend_limit",
        headers={"x-should-retry": "false", "request-id": "r1", "retry-after": "8"},
        retryable=False,
        retry_after=8,
    ),
    "again": ErrorKind(
        status=400, error=BadRequestError, headers={"x-should-retry": "true"}, retryable=True
    ),
    **{
        f"a status of {status}": ErrorKind(status=status, error=kind)
        for status, kind in ((408, BadRequestError), (422, BadRequestError), (503, ServerError))
    },
}
