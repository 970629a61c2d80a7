"""Anthropic's error objects: an error answer, or an ``error`` event inside a stream."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ErrorInfo, HTTPResponse

from ._values import as_object, as_text

STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The HTTP status that an error type has when it is not inside a stream."""


def read_error(body: Any) -> ErrorInfo | None:
    """Read ``{"type": "error", "error": {...}, "request_id": ...}``; None for another shape."""
    told = as_object(body).get("error")
    if text := as_text(told):
        return ErrorInfo(message=text, kind="server")
    if not isinstance(told, dict):
        return None
    error = as_object(told)
    kind = as_text(error.get("type"))
    code = as_text(as_object(error.get("details")).get("error_code"))
    status = STATUS.get(kind or "")
    return ErrorInfo(
        message=as_text(error.get("message")) or kind or "the provider told an error without text",
        type=kind,
        code=code,
        status=status,
        kind="server" if status is None else None,
        request_id=as_text(as_object(body).get("request_id")),
    )


def answer_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error of an error answer; the HTTP status says what it means."""
    info = read_error(response.json())
    if info is None:
        return None
    final = response.headers.get("x-should-retry") == "false"
    return msgspec.structs.replace(info, status=None, kind=None, retryable=False if final else None)


def event_error(body: Any, raw: bytes) -> ErrorInfo:
    """The error of an ``error`` event, whatever stands in it."""
    known = read_error(body)
    if known is not None:
        return known
    text = raw[:2000].decode("utf-8", "replace").strip()
    return ErrorInfo(message=text or "the stream reported an error without text", kind="server")
