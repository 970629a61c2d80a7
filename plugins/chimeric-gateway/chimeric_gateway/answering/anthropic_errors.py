"""Errors as Anthropic's protocol words them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import Messages

from chimeric_gateway.refusal import Refusal

__all__ = ["anthropic_error", "anthropic_refusal"]

TYPES: Final[Mapping[int, str]] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}

IDS: Final = Messages()


def anthropic_error(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The body of an error, of a whole reply and in mid-stream."""
    usual = "api_error" if refusal.status >= 500 else "invalid_request_error"
    error = {"type": TYPES.get(refusal.status, usual), "message": refusal.message}
    return {"type": "error", "error": error, "request_id": request_id}


def anthropic_refusal(refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of an error before an answer has begun."""
    headers = {"content-type": "application/json", **IDS.id_headers()}
    headers.update(refusal.wait)
    body = msgspec.json.encode(anthropic_error(refusal, headers["request-id"]))
    return refusal.status, headers, body
