"""xAI's errors: what their words mean, for errors that come without a status of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from chimeric_responses import fault

from chimeric import ErrorInfo

__all__ = ["explained", "read_error"]

UNAVAILABLE = "The service is currently unavailable"

STATUSES = {
    UNAVAILABLE: 503,
    "Client specified an invalid argument": 400,
    "The caller does not have permission to execute the specified operation": 403,
    "Some requested entity was not found": 404,
    "Some resource has been exhausted": 429,
    "Internal error": 500,
}
"""What xAI puts into ``code``: sentences, the texts of the gRPC status codes."""


def read_error(body: object, status: int | None = None) -> ErrorInfo | None:
    """Read ``{"code", "error": "text"}``, ``{"error": {...}}`` or ``{"error": "text"}``.

    Args:
        body: the error body, or the event that carries the error.
        status: the HTTP status it came with; None inside a 200 answer, where of all codes only
            "unavailable" is worth a retry.
    """
    if not isinstance(body, Mapping):
        return None
    told = cast("Mapping[str, Any]", body)
    error: object = told.get("error")
    if not isinstance(error, Mapping):
        error = {"code": told.get("code"), "message": error or told.get("message")}
        if not error["message"]:
            return None
    return explained(fault(cast("object", error), streamed=status is None), status)


def explained(info: ErrorInfo, status: int | None = None) -> ErrorInfo:
    """An error that was read, with what xAI's own words for it mean.

    Args:
        info: the error.
        status: the HTTP status it came with; None inside a 200 answer.
    """
    changes: dict[str, Any] = {}
    if status is None and isinstance(info.code, str) and " " in info.code:
        known = next((s for words, s in STATUSES.items() if info.code.startswith(words)), None)
        changes = {"status": known or info.status, "retryable": info.code == UNAVAILABLE}
    if (status or changes.get("status")) == 400 and "api key" in info.message.lower():
        changes["kind"] = "auth"  # a wrong key is answered with 400
    return msgspec.structs.replace(info, **changes)
