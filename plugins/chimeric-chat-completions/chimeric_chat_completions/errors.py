"""Errors in every shape that servers of this protocol send, as bodies and inside of answers.

The shapes: ``{"error": {...}}``, ``{"error": "text"}``, ``{"errors": [...]}`` (Cloudflare,
watsonx), ``{"detail": ...}`` (FastAPI), ``{"status", "title", "detail"}`` (RFC 9457),
``{"object": "error", ...}``, the flat ``{"message" | "msg", "code"}``,
``{"error_code", "error_msg"}`` (Qianfan), ``{"base_resp": {"status_code", "status_msg"}}``
(MiniMax), any of these in each other, in a list or as JSON in text, and an ``error`` on a choice
or its message (OpenRouter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from chimeric import ErrorInfo

from .error_codes import BASE_RESP, FINAL, STATUS_OF
from .error_words import ErrorWords
from .lenient import items, numeral, obj, text

__all__ = ["find_error", "read_error", "read_event_error", "read_named_error"]

UNTOLD = "the provider reported an error without a message"
WORDLESS = "the server sent an error event without words"

FIELDS = frozenset({"error", "errors", "base_resp"})
"""Fields that may hold an error beside choices."""

WORDS = ("message", "msg", "title", "detail", "error_description")
OWN_WORDS = ("error_message", "error_msg", "errorMessage", "error_code", "errorCode", "error_type")
"""Fields that nothing but an error has."""

CODES = ("code", "error_code", "errorCode", "err_code", "errorcode", "__type")
TYPES = ("type", "error_type")
STATUSES = ("status_code", "statusCode", "http_status_code", "http_status", "raw_status_code")

NOTHING = ("", "null", "none", "false")
FINE = ("0", "200", "ok", "success")
"""Codes of a success, with which some servers wrap what is no error at all."""

ERRONEOUS = re.compile(
    "error|exception|fail|fault|invalid|exceed|denied|limit|unavailable|overload|too_many|"
    "not_found|unauthor|forbidden|time_?out"
)
"""Types that speak of an error; any other event with a type and a message is left alone."""


def find_error(
    data: Mapping[str, Any], choices: Iterable[dict[str, Any]] = ()
) -> Mapping[str, Any] | None:
    """The error that an event or a body holds; None where it is none.

    Args:
        data: the event or body.
        choices: its choices, so far as they count. An error may stand beside them and in them;
            fields that need not be an error (``message``, ``code``) are one only without any.
    """
    if not FIELDS.isdisjoint(data) and _tells_error(data):
        return data
    for choice in choices:
        for place in (choice, choice.get("delta"), choice.get("message")):
            if place and "error" in place and _is_told(obj(place).get("error")):
                return {"error": place["error"]}
    return data if not items(data.get("choices")) and _is_flat(data) else None


def read_error(data: Any) -> ErrorInfo | None:
    """Read an error body; None when it is none that this protocol knows.

    Example:
        >>> read_error({"error": "no such model", "code": "not_found"}).code
        'not_found'
    """
    outer = obj(next(iter(items(data)), None) if isinstance(data, list) else data)
    found = find_error(outer)
    return None if found is None else _read(found)


def read_event_error(found: Mapping[str, Any]) -> ErrorInfo:
    """Read what ``find_error`` found inside an answer, with the status that it means.

    The status is None where only words tell it: these the core reads.
    """
    error = _read(found)
    told = ErrorWords(found)
    status = next(filter(_is_status, told.numbers((*STATUSES, *CODES, "status"))), None)
    table = BASE_RESP if _has_failed(found) else STATUS_OF
    for word in (error.code, error.type):
        status = status or table.get(str(word))
    return msgspec.structs.replace(error, status=status)


def read_named_error(data: bytes) -> tuple[dict[str, Any], ErrorInfo | None]:
    """Read an event that is named ``error``, whatever it holds: JSON, a sentence or nothing.

    Returns:
        Its data, and the error: None for an ordinary chunk, which some servers name so.
    """
    try:
        raw: Any = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        raw = data.decode("utf-8", "replace")
    if isinstance(raw, list):
        raw = next(iter(items(raw)), None)
    if not isinstance(raw, dict):
        said = raw if isinstance(raw, str) else "" if raw is None else str(raw)
        return {}, ErrorInfo(message=said or WORDLESS, untold=not said)
    event = obj(raw)
    if not event:
        return {}, ErrorInfo(message=WORDLESS, untold=True)
    if found := find_error(event, map(obj, items(event.get("choices")))):
        return event, read_event_error(found)
    if any(map(obj, items(event.get("choices")))):
        return event, None
    return event, read_event_error(event)


def _read(found: Mapping[str, Any]) -> ErrorInfo:
    told = ErrorWords(found)
    code = told.first(CODES) or told.first(("status_code" if _has_failed(found) else "status",))
    kind = text(told.first(TYPES))
    final = str(code) in FINAL or kind in FINAL
    message = told.message()
    return ErrorInfo(
        message=message or _unread(found),
        type=kind,
        code=code,
        request_id=text(found.get("request_id")),
        retryable=False if final else None,
        untold=not (message or code or kind),
    )


def _unread(found: Mapping[str, Any]) -> str:
    """The message for an error that has none: all that it says."""
    rest = msgspec.json.encode(found.get("error") or found).decode()
    return f"{UNTOLD}: {rest}" if find_error(found) else rest


def _tells_error(data: Mapping[str, Any]) -> bool:
    told = _is_told(data.get("error")) or _is_told(data.get("errors"))
    return told or _has_failed(data)


def _is_told(value: Any) -> bool:
    """Whether a field for an error holds one: some servers send it empty with every chunk."""
    if isinstance(value, str):
        return value.strip().lower() not in NOTHING
    if isinstance(value, dict):
        return any(_is_told(member) for member in obj(value).values())
    if isinstance(value, list):
        return any(map(_is_told, items(value)))
    return bool(value)


def _has_failed(data: Mapping[str, Any]) -> bool:
    """Whether MiniMax' ``base_resp`` tells a failure: it is part of every body."""
    return numeral(obj(data.get("base_resp")).get("status_code")) not in (None, 0)


def _is_flat(data: Mapping[str, Any]) -> bool:
    """Whether a body without choices is an error itself."""
    code = next((data[name] for name in CODES if _is_told(data.get(name))), None)
    told = any(_is_told(data.get(name)) for name in WORDS)
    if "error" in (data.get("object"), data.get("type"), data.get("status")):
        return True
    if data.get("success") is False or data.get("status") in ("fail", "failed"):
        return True
    if any(str(data.get(name)).lower() in FINE for name in CODES):
        return False
    if any(map(_is_told, map(data.get, (*OWN_WORDS, "fault")))):
        return True
    if any(_is_status(numeral(data.get(name))) for name in (*STATUSES, "status")):
        return True
    if _is_told(data.get("detail")) and ("type" not in data or "title" in data):
        return True
    erroneous = ERRONEOUS.search(str(data.get("type") or "").lower()) or "param" in data
    return told and (code is not None or bool(erroneous))


def _is_status(value: int | None) -> bool:
    return value is not None and 400 <= value < 600
