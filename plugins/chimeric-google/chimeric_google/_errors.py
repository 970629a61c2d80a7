"""``google.rpc.Status`` errors, as a status answer or as a frame inside a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import ErrorInfo

# google/rpc/code.proto: what each canonical code means over HTTP.
HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}


def read_error(body: object) -> ErrorInfo | None:
    """The error of a body ``{"error": {...}}``, also wrapped in a list, or None.

    The list comes from the stream URL without ``alt=sse``.
    """
    if isinstance(body, list) and body:
        body = cast("list[object]", body)[0]
    if not isinstance(body, Mapping):
        return None
    error = cast("Mapping[str, Any]", body).get("error")
    return None if error is None else error_info(error)


def error_info(error: object) -> ErrorInfo:
    """Read the ``error`` member of a frame or of an error body."""
    if not isinstance(error, Mapping):
        return ErrorInfo(message=str(error))
    fields = cast("Mapping[str, Any]", error)
    status, code = fields.get("status"), fields.get("code")
    details = _details(fields.get("details"))
    number = code if isinstance(code, int) else HTTP_STATUS.get(str(status))
    # A bad key is answered with 400 INVALID_ARGUMENT; only the detail tells.
    bad_key = any(d.get("reason") in ("API_KEY_INVALID", "API_KEY_EXPIRED") for d in details)
    return ErrorInfo(
        message=str(fields.get("message") or status or "the provider reported an error"),
        type=None if status is None else str(status),
        code=code if isinstance(code, (int, str)) else None,
        status=number,
        kind="auth" if bad_key else None,
        retry_after=_retry_after(details),
        retryable=False if number == 429 and _used_up(details) else None,
    )


def _details(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [
        cast("Mapping[str, Any]", d) for d in cast("list[object]", value) if isinstance(d, dict)
    ]


def _retry_after(details: list[Mapping[str, Any]]) -> float | None:
    """Seconds of ``google.rpc.RetryInfo``, whose ``retryDelay`` is a duration like ``"34.4s"``."""
    for detail in details:
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            try:
                return float(delay[:-1])
            except ValueError:
                return None
    return None


def _used_up(details: list[Mapping[str, Any]]) -> bool:
    """Whether ``google.rpc.QuotaFailure`` names a quota that no wait of ours outlasts."""
    for detail in details:
        violations = detail.get("violations")
        for violation in _details(violations):
            if "PerDay" in str(violation.get("quotaId")) or violation.get("quotaValue") == "0":
                return True
    return False
