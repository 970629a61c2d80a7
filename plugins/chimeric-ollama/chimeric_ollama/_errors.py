"""Errors: ``{"error": "text"}``, as a status answer or as a line of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import ErrorInfo, HTTPResponse


def read_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error that an answer tells, or None."""
    body = response.json()
    if not isinstance(body, Mapping):
        return None
    error = cast("Mapping[str, Any]", body).get("error")
    return None if error is None else ErrorInfo(message=error_text(error))


def error_text(error: object) -> str:
    """The text of an error; a proxy may make an object of it."""
    if isinstance(error, Mapping):
        fields = cast("Mapping[str, Any]", error)
        return str(fields.get("message") or dict(fields))
    return str(error)
