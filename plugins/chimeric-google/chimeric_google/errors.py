"""``google.rpc.Status`` errors, as a status answer or as a frame inside a stream."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import msgspec

from chimeric import ErrorInfo

# google/rpc/code.proto: what each canonical code means over HTTP.
HTTP_STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}

WORDS: Final = {
    **{status.name: status.value for status in HTTPStatus if status >= 400},
    "INVALID_REQUEST": 400,
}
"""HTTP's statuses by name, and the word in a recorded error of the Interactions API."""

RPC_CODES: Final = (
    *("CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND"),
    *("ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION"),
    *("ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"),
    "UNAUTHENTICATED",
)
"""The canonical codes by number, from 1; some gateways tell these in place of HTTP's."""

SILENT: Final = "an error came that says nothing"

CODES: Final = ("code", "error_code", "status_code", "http_status_code")
MESSAGES: Final = ("message", "msg", "error_msg", "error_message", "detail", "title")


def read_error(body: object) -> ErrorInfo | None:
    """The error of a body ``{"error": {...}}``, also wrapped in a list, or None.

    The list comes from the stream URL without ``alt=sse``. Gateways name the member otherwise,
    or leave it out.
    """
    body = _first(body)
    if not isinstance(body, Mapping):
        return None
    outer = cast("Mapping[str, Any]", body)
    for name in ("error", "errors", "detail"):
        if isinstance(outer.get(name), str) and outer[name]:
            return _nested(outer[name]) or error_info({**outer, "message": outer[name]})
        if outer.get(name):
            return error_info(outer[name])
    if any(isinstance(outer.get(name), str) and outer[name] for name in MESSAGES):
        return error_info(outer)
    return ErrorInfo(message=SILENT, untold=True) if outer.get("error") is not None else None


def event_error(body: object, raw: bytes) -> ErrorInfo:
    """The error of an event that is one, whatever stands in it."""
    known = read_error(body)
    if known is not None:
        return known
    text = raw[:2000].decode("utf-8", "replace").strip()
    return ErrorInfo(message=text or SILENT, untold=not text)


def error_info(error: object) -> ErrorInfo:
    """Read the ``error`` member of a frame or of an error body."""
    told = _first(error)
    if not isinstance(told, Mapping):
        return _nested(str(told)) or ErrorInfo(message=str(told))
    fields = cast("Mapping[str, Any]", told)
    message = next((t for name in MESSAGES if isinstance(t := fields.get(name), str) and t), None)
    inner = _nested(message) if message else None
    if inner is not None:
        return inner
    status, code = fields.get("status"), next((c for n in CODES if (c := fields.get(n))), None)
    details = _details(fields.get("details"))
    number = _status(code) or _status(status)
    # A bad key is answered with 400 INVALID_ARGUMENT; only the detail tells.
    bad_key = any(d.get("reason") in ("API_KEY_INVALID", "API_KEY_EXPIRED") for d in details)
    kind = status or fields.get("type")
    return ErrorInfo(
        message=str(message or status or "the provider reported an error"),
        type=None if kind is None else str(kind),
        code=code if isinstance(code, (int, str)) else None,
        status=number,
        kind="auth" if bad_key else None,
        retry_after=_retry_after(details),
        retryable=False if number == 429 and _used_up(details) else None,
    )


def _first(value: object) -> object:
    """The first item of a list; anything else is its own."""
    return next(iter(cast("list[object]", value)), None) if isinstance(value, list) else value


def _nested(message: str) -> ErrorInfo | None:
    """The error in a message that is the JSON of another error, as proxies of Google's pass on."""
    try:
        return read_error(msgspec.json.decode(message))
    except (ValueError, RecursionError):
        return None


def _status(code: object) -> int | None:
    """The HTTP status of a code: of HTTP or of RPC, as a number, as digits or by name."""
    if isinstance(code, str):
        if not code.isdecimal() or len(code) > 3:
            word = code.upper()
            # The Interactions API has HTTP's own words, such as ``too_many_requests``.
            return HTTP_STATUS.get(word) or WORDS.get(word)
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    if 0 < code <= len(RPC_CODES):
        return HTTP_STATUS[RPC_CODES[code - 1]]
    return code if 400 <= code < 600 else None


def _details(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [
        cast("Mapping[str, Any]", d) for d in cast("list[object]", value) if isinstance(d, dict)
    ]


def _retry_after(details: list[Mapping[str, Any]]) -> float | None:
    """Seconds of ``google.rpc.RetryInfo``, whose ``retryDelay`` is a duration like ``"34.4s"``."""
    for detail in details:
        delay = detail.get("retryDelay")
        if isinstance(delay, str) and delay.endswith("s"):
            try:
                return float(delay[:-1])
            except ValueError:
                return None
    return None


def _used_up(details: list[Mapping[str, Any]]) -> bool:
    """Whether ``google.rpc.QuotaFailure`` names a quota that no wait of ours outlasts."""
    for detail in details:
        violations = detail.get("violations")
        for violation in _details(violations):
            if "PerDay" in str(violation.get("quotaId")) or violation.get("quotaValue") == "0":
                return True
    return False
