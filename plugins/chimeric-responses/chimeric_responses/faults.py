"""Errors of the Responses protocol: what their codes mean as an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import ErrorInfo, HTTPResponse

__all__ = ["fault", "parse_error"]

STATUSES = {
    "insufficient_quota": 429,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "tokens": 429,
    "requests": 429,
    "invalid_prompt": 400,
    "invalid_request_error": 400,
    "context_length_exceeded": 400,
    "content_filter": 400,
    "bio_policy": 400,
    "cyber_policy": 400,
    "misalignment_policy_violation": 400,
    "data_residency_mismatch": 400,
    "invalid_api_key": 401,
    "authentication_error": 401,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found": 404,
    "not_found_error": 404,
    "vector_store_timeout": 504,
    "server_is_overloaded": 503,
    "overloaded_error": 503,
    "slow_down": 503,
}
"""HTTP status that an error code or type means; others are the server's fault (500)."""

FINAL = ("insufficient_quota", "billing_hard_limit_reached", "credits_exhausted")
"""Codes of a used-up quota: they come with 429, and no retry helps."""

UNTOLD = "the response failed, and the provider did not say why"


def fault(error: object, *, streamed: bool = True) -> ErrorInfo:
    """Read an error in any of the shapes that servers of this protocol send.

    Args:
        error: the ``error`` object, the flat ``error`` event, or plain text.
        streamed: whether it came inside an answer, so that its status must be told by its code.
    """
    if not isinstance(error, Mapping):
        return ErrorInfo(
            message=str(error or UNTOLD),
            status=500 if streamed else None,
        )
    told = cast("Mapping[str, Any]", error)
    code, kind = told.get("code"), told.get("type")
    return ErrorInfo(
        message=str(told.get("message") or kind or code or dict(told) or UNTOLD),
        type=str(kind) if kind and kind != "error" else None,
        code=code if isinstance(code, (str, int)) else None,
        status=_status(code, kind) if streamed else None,
        retryable=False if code in FINAL or kind in FINAL else None,
    )


def _status(code: object, kind: object) -> int:
    for word in (code, kind):
        if isinstance(word, str):
            if word in STATUSES:
                return STATUSES[word]
            if word.startswith(("invalid_", "unsupported_", "image_", "empty_image")):
                return 400
        if isinstance(word, int) and 400 <= word < 600:
            return word
    return 500


def parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error answer, or None when its body is not an error object."""
    body: Any = response.json()
    if not isinstance(body, Mapping):
        return None
    told = cast("Mapping[str, Any]", body)
    error = told.get("error")
    if isinstance(error, str):
        return fault({**told, "message": error}, streamed=False)
    if isinstance(error, Mapping):
        return fault(cast("object", error), streamed=False)
    return fault(told, streamed=False) if told.get("message") else None
