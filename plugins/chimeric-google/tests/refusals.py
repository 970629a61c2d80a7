"""Errors of Google's, and what they are here."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_testing import ErrorKind

from chimeric import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)

TYPE = "type.googleapis.com/google.rpc."
STATUSES = {
    "INVALID_ARGUMENT": (400, BadRequestError),
    "FAILED_PRECONDITION": (400, BadRequestError),
    "OUT_OF_RANGE": (400, BadRequestError),
    "UNAUTHENTICATED": (401, AuthenticationError),
    "PERMISSION_DENIED": (403, PermissionDeniedError),
    "NOT_FOUND": (404, NotFoundError),
    "ABORTED": (409, BadRequestError),
    "ALREADY_EXISTS": (409, BadRequestError),
    "RESOURCE_EXHAUSTED": (429, RateLimitError),
    "CANCELLED": (499, BadRequestError),
    "INTERNAL": (500, ServerError),
    "UNKNOWN": (500, ServerError),
    "DATA_LOSS": (500, ServerError),
    "UNIMPLEMENTED": (501, ServerError),
    "UNAVAILABLE": (503, ServerError),
    "DEADLINE_EXCEEDED": (504, ServerError),
}


def detailed(status: int, name: str, *details: dict[str, Any]) -> bytes:
    said = [{"@type": f"{TYPE}{n}", **detail} for n, detail in enumerate(details)]
    told = {"code": status, "message": "zfault", "status": name, "details": said}
    return msgspec.json.encode({"error": told})


KINDS = {
    **{
        name: ErrorKind(status=status, error=kind, type=name, code=status)
        for name, (status, kind) in STATUSES.items()
    },
    "a bad key": ErrorKind(
        status=400,
        error=AuthenticationError,
        body=detailed(400, "INVALID_ARGUMENT", {"reason": "API_KEY_INVALID"}),
    ),
    "a key that has expired": ErrorKind(
        status=400,
        error=AuthenticationError,
        body=detailed(400, "INVALID_ARGUMENT", {}, {"reason": "API_KEY_EXPIRED"}),
    ),
    "a wait": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(429, "RESOURCE_EXHAUSTED", {}, {"retryDelay": "46s"}),
        retry_after=46,
        retryable=True,
    ),
    "a day": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(
            429, "RESOURCE_EXHAUSTED", {"violations": [{}, {"quotaId": "RequestsPerDay"}]}
        ),
        retryable=False,
    ),
    "nothing is left": ErrorKind(
        status=429,
        error=RateLimitError,
        body=detailed(429, "RESOURCE_EXHAUSTED", {"violations": [{"quotaValue": "0"}]}),
        retryable=False,
    ),
    "in a list": ErrorKind(
        status=404, error=NotFoundError, body=b'[{"error":{"code":404,"message":"zfault"}}]'
    ),
}
