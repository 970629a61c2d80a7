"""Errors as OpenAI's protocols word them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from chimeric_dialects import ChatCompletions

from chimeric_gateway.refusal import Refusal

__all__ = ["openai_error", "openai_refusal"]

INVALID: Final = "invalid_request_error"

TYPES: Final[Mapping[int, str]] = {403: "permission_error", 429: "rate_limit_error"}
CODES: Final[Mapping[int, str]] = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
"""Where a refusal has no code of its own."""

IDS: Final = ChatCompletions("openai")


def openai_error(refusal: Refusal) -> dict[str, Any]:
    """The body of an error, of a whole reply and in mid-stream."""
    status = refusal.status
    kind = "server_error" if status >= 500 else TYPES.get(status, INVALID)
    code = refusal.code or CODES.get(status)
    if code == "insufficient_quota":
        kind = code
    error = {"message": refusal.message, "type": kind, "param": refusal.param, "code": code}
    return {"error": error}


def openai_refusal(refusal: Refusal) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body of an error before an answer has begun."""
    headers = {"content-type": "application/json", **IDS.id_headers()}
    headers.update(refusal.wait)
    return refusal.status, headers, msgspec.json.encode(openai_error(refusal))
