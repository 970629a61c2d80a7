"""Errors: ``{"id": ..., "message": ...}``, or plain text for a malformed token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

from chimeric import ErrorInfo, HTTPResponse

INVALID_TOKEN = 498
"""Cohere's own status for a token that is invalid or blocked."""

SILENT: Final = "an error event came that says nothing"

MESSAGES: Final = ("message", "error", "detail", "msg", "error_msg", "error_message", "title")
TYPES: Final = ("type", "error_type")
CODES: Final = ("code", "error_code", "status_code", "http_status_code", "status")
"""Where Cohere and the gateways before it put the words of an error."""


def read_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error that an answer tells, or None where it is neither JSON nor text."""
    body = response.json()
    kind: Literal["auth"] | None = "auth" if response.status == INVALID_TOKEN else None
    if isinstance(body, Mapping):
        message = cast("Mapping[str, Any]", body).get("message")
        return ErrorInfo(message=str(message), kind=kind) if message else None
    text = response.body.decode("utf-8", "replace").strip()
    if not text or text.startswith("<"):
        return None
    return ErrorInfo(message=text, kind=kind)


def told_error(body: object) -> ErrorInfo | None:
    """The error that an event or an answer of status 200 tells; None where it tells none.

    Cohere's own has a ``message`` alone. Gateways send objects named ``error`` or ``detail``, and
    lists of them.
    """
    outer = _object(body)
    told: Any = next((outer[n] for n in ("error", "errors", "detail") if outer.get(n)), None)
    if isinstance(told, list):
        told = next(iter(cast("list[object]", told)))
    inner = _object(told)
    message = _text(told) or _first(inner, MESSAGES) or _first(outer, MESSAGES)
    if not told and message is None:
        return None
    # The outer type is the event's, where the error stands in a member of it.
    kind = _first(inner, TYPES) or _first(outer, TYPES[1:] if told else TYPES)
    kind = None if kind == "error" else kind
    codes = [fields.get(name) for fields in (inner, outer) for name in CODES]
    return ErrorInfo(
        message=message or kind or SILENT,
        type=kind,
        code=next((c for c in codes if isinstance(c, (int, str)) and c), None),
    )


def event_error(body: object, raw: bytes) -> ErrorInfo:
    """The error of an event that is one, whatever stands in it."""
    known = told_error(body)
    if known is not None:
        return known
    text = raw[:2000].decode("utf-8", "replace").strip()
    return ErrorInfo(message=text or SILENT, untold=not text)


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(fields.get(name)))), None)
