"""Errors: ``{"error": "text"}``, as a status answer or as a line of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from chimeric import ErrorInfo, HTTPResponse

SILENT: Final = "an error came that says nothing"

MESSAGES: Final = ("message", "error", "detail", "msg", "error_msg", "error_message", "title")
TYPES: Final = ("type", "error_type", "status")
CODES: Final = ("code", "error_code", "status_code", "statusCode", "http_status_code", "status")
"""Where Ollama and the proxies before it put the words of an error."""


def read_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error that an answer tells, or None."""
    body = response.json()
    if not isinstance(body, Mapping):
        return None
    error = cast("Mapping[str, Any]", body).get("error")
    return None if error is None else told_error(cast("Mapping[str, Any]", body))


def told_error(body: object) -> ErrorInfo | None:
    """The error that a line or a body tells; None where it tells none.

    Ollama's is a text. Proxies make an object or a list of it, or name it otherwise.
    """
    outer = _object(body)
    told: Any = next((outer[n] for n in ("error", "errors", "detail") if outer.get(n)), None)
    if isinstance(told, list):
        told = next(iter(cast("list[object]", told)))
    inner = _object(told)
    message = _text(told) or _first(inner, MESSAGES) or _first(outer, MESSAGES)
    if message is None and not told and outer.get("error") is None:
        return None
    # The outer type is the event's, where the error stands in a member of it.
    kind = _first(inner, TYPES) or _first(outer, TYPES[1:] if told else TYPES)
    kind = None if kind == "error" else kind
    codes = [fields.get(name) for fields in (inner, outer) for name in CODES]
    return ErrorInfo(
        message=message or (str(dict(inner)) if inner else kind) or SILENT,
        type=kind,
        code=next((c for c in codes if isinstance(c, (int, str)) and c), None),
        untold=not (message or inner or kind),
    )


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(fields.get(name)))), None)
