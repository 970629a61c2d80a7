"""Error objects, in every shape that servers of this protocol send."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import ErrorInfo

from .lenient import integer, items, obj, text

__all__ = ["is_error", "read_error", "read_event_error"]

STATUS_OF = {
    "authentication_error": 401,
    "context_length_exceeded": 400,
    "engine_overloaded_error": 503,
    "exceed_context_size_error": 400,
    "insufficient_quota": 429,
    "internal_server_error": 500,
    "invalid_api_key": 401,
    "invalid_prompt": 400,
    "invalid_request_error": 400,
    "invalid_value": 400,
    "model_not_found": 404,
    "not_found_error": 404,
    "not_supported_error": 501,
    "overloaded_error": 503,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "server_error": 500,
    "tokens": 429,
    "too_many_requests_error": 429,
    "unavailable_error": 503,
}
"""What the words for an error mean, for errors inside a stream, which have no status line."""

NOT_WORTH_A_RETRY = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")


def is_error(data: dict[str, Any]) -> bool:
    """Whether an event or a body is an error, perhaps with ``choices`` beside it."""
    if data.get("error"):
        return True
    if "choices" in data:
        return False
    flat = "message" in data and ("code" in data or "type" in data)
    return flat or "detail" in data or data.get("object") == "error"


def read_error(data: Any) -> ErrorInfo | None:
    """Read an error body; None when it is none that this protocol knows.

    Knows ``{"error": {...}}``, ``{"error": "text"}``, ``{"detail": ...}`` (FastAPI),
    ``{"object": "error", "message": ...}``, the flat ``{"message", "type", "code"}``, and any of
    these in a list.

    Example:
        >>> read_error({"error": "no such model", "code": "not_found"}).code
        'not_found'
    """
    outer = obj(next(iter(items(data)), None) if isinstance(data, list) else data)
    if not is_error(outer):
        return None
    inner = obj(outer.get("error")) or outer
    message = inner.get("message") or outer.get("error") or outer.get("detail")
    told = _words(message) or "the provider reported an error without a message"
    upstream = _words(obj(inner.get("metadata")).get("raw"))
    if upstream and upstream not in told:
        told = f"{told}: {upstream}"
    code = _code(inner.get("code"), outer.get("code"), inner.get("status"))
    kind = text(inner.get("type")) or text(outer.get("type"))
    final = kind in NOT_WORTH_A_RETRY or code in NOT_WORTH_A_RETRY
    return ErrorInfo(message=told, type=kind, code=code, retryable=False if final else None)


def read_event_error(data: dict[str, Any]) -> ErrorInfo:
    """Read an error inside a stream or a 200 body, with the status that it means."""
    error = read_error(data)
    if error is None:
        return ErrorInfo(message=_words(data) or "the provider reported an error")
    inner = obj(data.get("error"))
    stated = (inner.get("status_code"), data.get("status_code"), error.code, inner.get("status"))
    status = next((s for s in map(integer, stated) if s and 400 <= s < 600), None)
    if status is None:
        status = STATUS_OF.get(str(error.code)) or STATUS_OF.get(str(error.type))
    return msgspec.structs.replace(error, status=status)


def _code(*values: Any) -> str | int | None:
    return next((v for v in values if (isinstance(v, (str, int)) and v != "")), None)


def _words(value: Any) -> str:
    """Any value as text for a person: validation problems as sentences, the rest as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict) and "detail" in value:
        return _words(obj(value)["detail"])
    problems = [obj(item) for item in items(value)]
    if problems and all("msg" in problem for problem in problems):
        return "; ".join(
            f"{'.'.join(map(str, items(p.get('loc'))))}: {p['msg']}".lstrip(": ") for p in problems
        )
    return msgspec.json.encode(value).decode()
