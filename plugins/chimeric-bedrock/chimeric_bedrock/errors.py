"""Bedrock's errors: error answers, and exceptions and errors inside an event stream."""

from __future__ import annotations

from typing import Any, Final

from chimeric import ErrorInfo, ErrorKind, HTTPResponse

from .values import as_object, as_text

STATUS: Final = {
    "validationexception": 400,
    "accessdeniedexception": 403,
    "resourcenotfoundexception": 404,
    "modeltimeoutexception": 408,
    "modelerrorexception": 424,
    "modelstreamerrorexception": 424,
    "throttlingexception": 429,
    "modelnotreadyexception": 429,
    "servicequotaexceededexception": 429,
    "internalserverexception": 500,
    "serviceunavailableexception": 503,
}
"""Statuses by type. In a stream the types begin with a lower-case letter."""

KINDS: Final[dict[str, ErrorKind]] = {
    "modelerrorexception": "server",
    "modelstreamerrorexception": "server",
    "modeltimeoutexception": "server",
    "expiredtokenexception": "auth",
    "invalidsignatureexception": "auth",
    "unrecognizedclientexception": "auth",
    "missingauthenticationtokenexception": "auth",
}
"""Types whose status says something else: AWS answers 403 to a wrong signature, and 4xx when
the model failed."""

MESSAGES: Final = ("message", "Message", "errorMessage", "originalMessage", "detail", "msg")
TYPES: Final = ("__type", "type", "code", "Code")
CODES: Final = ("originalStatusCode", "code", "status", "statusCode")


def answer_error(response: HTTPResponse) -> ErrorInfo | None:
    """The error of an error answer; its type is told in a header."""
    body = as_object(response.json())
    kind = response.headers.get("x-amzn-errortype", "").partition(":")[0] or None
    kind = kind or _short(as_text(body.get("__type")))
    message = _message(body)
    if message is None and kind is None:
        return None
    delay = response.headers.get("x-amz-retry-after", "")
    return ErrorInfo(
        message=message or str(kind),
        type=kind,
        kind=KINDS.get((kind or "").lower()),
        retry_after=int(delay) / 1000 if delay.isdecimal() and len(delay) < 10 else None,
    )


def stream_error(name: str, body: Any) -> ErrorInfo:
    """The error that a message named ``exception:<type>`` or ``error:<code>`` tells."""
    kind = name.partition(":")[2] or name.strip(":")
    values = _inner(body)
    return _info(_message(values) or kind, kind, values)


def document_error(body: Any) -> ErrorInfo | None:
    """The error of a JSON document that came where an answer should be; None for another one."""
    values = _inner(body)
    message = _message(values)
    kind = next((_short(t) for name in TYPES if (t := as_text(values.get(name)))), None)
    if message is None and not kind:
        return None
    return _info(message or str(kind), kind, values)


def _info(message: str, kind: str | None, values: dict[str, Any]) -> ErrorInfo:
    """What is known by its type says what it means; of others the words do."""
    word = (kind or "").lower()
    codes = (values.get(name) for name in CODES)
    return ErrorInfo(
        message=message,
        type=kind,
        code=next((code for code in codes if isinstance(code, (int, str)) and code), None),
        status=STATUS.get(word),
        kind=KINDS.get(word),
    )


def _inner(body: Any) -> dict[str, Any]:
    """The object that holds the words: gateways wrap it."""
    if isinstance(body, str):
        return {"message": body}
    values = as_object(body)
    told = values.get("error") or values.get("detail")
    if as_text(told):
        return {**values, "message": told}
    return as_object(told) or values


def _message(body: dict[str, Any]) -> str | None:
    return next((text for name in MESSAGES if (text := as_text(body.get(name)))), None)


def _short(kind: str | None) -> str | None:
    """``com.amazon.coral.service#ThrottlingException`` without its name space."""
    return kind.rpartition("#")[2] if kind else None
