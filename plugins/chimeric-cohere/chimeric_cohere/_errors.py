"""Error answers: ``{"id": ..., "message": ...}``, or plain text for a malformed token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from chimeric import ErrorInfo, HTTPResponse

INVALID_TOKEN = 498
"""Cohere's own status for a token that is invalid or blocked."""


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
