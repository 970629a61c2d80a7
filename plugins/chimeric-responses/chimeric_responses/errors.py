"""Errors of the Responses protocol, in every shape that its servers and their gateways send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import ErrorInfo, HTTPResponse

__all__ = ["fault", "is_fault", "parse_error"]

STATUSES = {
    "bio_policy": 400,
    "cyber_policy": 400,
    "misalignment_policy_violation": 400,
    "data_residency_mismatch": 400,
    "image_parse_error": 400,
    "vector_store_timeout": 504,
}
"""HTTP status of codes that are this protocol's own; other words the core reads."""

STATUS_NAMES = ("status_code", "status", "http_status_code", "raw_status_code")

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
        return ErrorInfo(message=str(error or UNTOLD))
    told = cast("Mapping[str, Any]", error)
    code, kind = _word(told.get("code")), _word(told.get("type"))
    kind = None if kind == "error" else kind
    kind = kind or _word(told.get("error_type"))
    message = _message(told) or kind or code
    return ErrorInfo(
        message=str(message or (dict(told) if set(told) - {"type", "sequence_number"} else UNTOLD)),
        type=None if kind is None else str(kind),
        code=code,
        status=_status(told, code, kind) if streamed else None,
        retryable=False if code in FINAL or kind in FINAL else None,
        untold=message is None and streamed,
    )


def is_fault(body: Mapping[str, Any]) -> bool:
    """Whether an event without a type of this protocol is an error all the same."""
    if body.get("error") or body.get("errors") or body.get("error_msg"):
        return True
    words = body.get("message") or body.get("title") or body.get("msg")
    return bool(body.get("detail") or (words and (body.get("code") or body.get("status"))))


def _message(told: Mapping[str, Any]) -> str | None:
    for name in ("message", "error_msg", "detail", "title", "msg", "error"):
        value = told.get(name)
        if isinstance(value, Mapping):
            value = _message(cast("Mapping[str, Any]", value))
        elif value and not isinstance(value, str):
            value = str(value)
        if value:
            return str(value)
    errors = told.get("errors")
    if isinstance(errors, list) and errors:
        first = cast("list[object]", errors)[0]
        known = isinstance(first, Mapping) and _message(cast("Mapping[str, Any]", first))
        return known or str(first)
    return None


def _status(told: Mapping[str, Any], code: object, kind: object) -> int | None:
    """The status where the error tells it in figures, or in a word of this protocol's own."""
    for name in STATUS_NAMES:
        value = told.get(name)
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    for word in (code, kind):
        if isinstance(word, str) and word in STATUSES:
            return STATUSES[word]
        if isinstance(word, str) and word.startswith(("image_", "empty_image")):
            return 400
    return None


def _word(value: object) -> str | int | None:
    return value if isinstance(value, (str, int)) and value not in ("", True, False) else None


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
