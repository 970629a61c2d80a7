"""Bedrock's errors: error answers, and exceptions and errors inside an event stream."""

from __future__ import annotations

from typing import Any, Final

from chimeric import ErrorInfo, ErrorKind, HTTPResponse

from ._values import as_object, as_text

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
    kind = name.partition(":")[2] or "error"
    values = as_object(body)
    status = STATUS.get(kind.lower())
    return ErrorInfo(
        message=_message(values) or as_text(values.get("originalMessage")) or kind,
        type=kind,
        code=values.get("originalStatusCode"),
        status=status,
        kind=KINDS.get(kind.lower()) or ("server" if status is None else None),
    )


def document_error(body: Any) -> ErrorInfo:
    """The error of a JSON document that came where a stream should be."""
    values = as_object(body)
    kind = _short(as_text(values.get("__type")))
    status = STATUS.get((kind or "").lower())
    return ErrorInfo(
        message=_message(values) or "the service answered with a document instead of a stream",
        type=kind,
        status=status,
        kind=None if status is not None else "server",
    )


def _message(body: dict[str, Any]) -> str | None:
    return as_text(body.get("message")) or as_text(body.get("Message"))


def _short(kind: str | None) -> str | None:
    """``com.amazon.coral.service#ThrottlingException`` without its name space."""
    return kind.rpartition("#")[2] if kind else None
