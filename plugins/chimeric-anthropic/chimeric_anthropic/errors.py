"""Errors: in an error answer, in an ``error`` event, and beside what an event tells."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from chimeric import ErrorInfo, HTTPResponse

from .values import as_object, as_text, first_of, first_text

STATUS: Final = {
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
"""The HTTP status that an error type of Anthropic has when it is not inside a stream."""

SILENT: Final = "an error event came that says nothing"

PLACES: Final = ("error", "errors", "detail")
MESSAGES: Final = ("message", "msg", "detail", "error_msg", "error_message", "status_msg", "title")
TYPES: Final = ("type", "error_type", "__type")
CODES: Final = ("code", "error_code", "status_code", "http_status_code", "status")
"""Where servers and the gateways before them put the words of an error."""


def read_error(body: Any) -> ErrorInfo | None:
    """The error that a body tells; None where it tells none.

    Anthropic's shape is ``{"type": "error", "error": {"type", "message", "details"?},
    "request_id"?}``. Gateways send the inner object alone, texts in place of objects, and objects
    under other names.
    """
    outer = as_object(body)
    told = first_of(next((outer[n] for n in PLACES if outer.get(n)), None))
    inner = as_object(told)
    flat = {name: value for name, value in outer.items() if value != "error"}
    message = as_text(told) or first_text(inner, MESSAGES) or first_text(flat, MESSAGES)
    # The outer type is the event's, where the error stands in a member of it.
    kind = first_text(inner, TYPES) or first_text(flat, TYPES[1:] if told else TYPES)
    kind = None if kind == "error" else kind
    code = _code(inner) or _code(flat)
    if not (told or message or outer.get("type") == "error"):
        return None
    return ErrorInfo(
        message=message or as_text(inner.get("error")) or kind or SILENT,
        type=kind,
        code=code,
        status=STATUS.get(kind or ""),
        request_id=as_text(outer.get("request_id")),
        untold=not (message or kind or code or inner),
    )


def answer_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error of an error answer; the HTTP status says what it means."""
    info = read_error(response.json())
    return None if info is None else msgspec.structs.replace(info, status=None)


def event_error(body: Any, raw: bytes) -> ErrorInfo:
    """The error of an event that is one, whatever stands in it."""
    known = read_error(body)
    if known is not None:
        return known
    text = raw[:2000].decode("utf-8", "replace").strip()
    return ErrorInfo(message=text or SILENT, untold=not text)


def _code(fields: dict[str, Any]) -> str | int | None:
    detail = as_text(as_object(fields.get("details")).get("error_code"))
    told = [detail, *(fields.get(name) for name in CODES)]
    codes = (code for code in told if isinstance(code, (str, int)) and code not in ("", False))
    return next(codes, None)
