"""What a failure of an upstream is to a client: one place, whatever the client speaks.

A client is told what it can do something about. Of the upstream it learns neither key nor address
nor headers: where only the operator can help, the words are ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import (
    AuthenticationError,
    BadRequestError,
    ChimericError,
    ConfigurationError,
    ModelNotSupportedError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    ProviderError,
    ProviderNotFoundError,
    RateLimitError,
    RefusedError,
    RequestTimeoutError,
    ServerError,
    ToolError,
    TransportError,
)
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_object

__all__ = ["refusal_of", "unknown_model"]

KEPT = (400, 404, 413, 422)
"""Statuses of an upstream that say something of the client's request."""

BODY_AT_FAULT = (*KEPT, 411, 414, 415, 416, 431, 451)

PASSING = (408, 409, 421, 423, 425, 503, 529)
"""What will pass: the client may try again."""

OPERATORS: Mapping[int, str] = {
    401: "the upstream does not take the gateway's key",
    402: "the upstream wants to be paid first",
    403: "the upstream does not let the gateway's key do this",
}
"""What no client can mend."""

KINDS: tuple[tuple[type[ProviderError], int], ...] = (
    (AuthenticationError, 401),
    (PermissionDeniedError, 403),
    (NotFoundError, 404),
    (RateLimitError, 429),
    (ServerError, 500),
    (BadRequestError, 400),
)

OWNERS = re.compile(r"\b(?:org|proj|organization|project|user|acct)[-_][A-Za-z0-9_-]{8,}")
ADDRESSES = re.compile(
    r"(?:\s*\((?:GET|POST|PUT|DELETE)\s)?\b(?:https?|wss?)://[^\s\"'<>)\]]+\)?"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"
    r"|\blocalhost:\d+\b"
)
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
FIELD = re.compile(r"[A-Za-z_][\w.\[\]-]{0,127}")
LONGEST = 2_000
"""Characters of an upstream's words that are passed on."""


def refusal_of(
    error: ChimericError, *, set_up: bool = True, hosts: tuple[str, ...] = ()
) -> Refusal:
    """What a client is told of an error.

    Args:
        error: what a call raised.
        set_up: whether the model's own set-up is good, so that a ``ConfigurationError`` is about
            what the client sent.
        hosts: addresses that are not to be told.

    Example:
        >>> refusal_of(AuthenticationError("bad key sk-1", status_code=401)).status
        502
    """
    match error:
        case ProviderError():
            return _of_provider(error, hosts)
        case RefusedError():
            code = "rate_limit_exceeded"
            return Refusal(429, error.message, code=code, retry_after=error.retry_after)
        case RequestTimeoutError():
            return Refusal(503, "the upstream did not answer in time", code="upstream_timeout")
        case TransportError():
            return Refusal(502, "the connection to the upstream was lost", code="upstream_error")
        case ConfigurationError():
            return _of_set_up(error, set_up, hosts)
        case ToolError():  # the client's own tools: two of one name, a schema that is none
            return Refusal(400, _words(error, hosts), code="invalid_request", param="tools")
        case _:
            words = "the upstream's answer broke off or cannot be read"
            return Refusal(502, words, code="upstream_error")


def unknown_model(model: str) -> Refusal:
    """For a model that is not served."""
    shown = model if len(model) <= 200 else model[:200] + "..."
    return Refusal(
        404, f"the model {shown!r} does not exist", code="model_not_found", param="model"
    )


def _of_provider(error: ProviderError, hosts: tuple[str, ...]) -> Refusal:
    status, wait = _status(error), error.retry_after
    if status in OPERATORS:
        return Refusal(502, OPERATORS[status], code="upstream_refused_gateway")
    if status == 429:
        return Refusal(429, _limit_words(wait), code=_limit_code(error), retry_after=wait)
    if status in PASSING:
        return _busy(wait)
    if status == 404:
        return _not_found(error, hosts)
    if status in BODY_AT_FAULT:
        kept = status if status in KEPT else 400
        return Refusal(kept, _words(error, hosts), code=_code(error), param=_param(error))
    return Refusal(502, f"the upstream answered with status {status}", code="upstream_error")


def _status(error: ProviderError) -> int:
    """The status that an error means: inside an answer, and behind a 400, its kind tells."""
    told = error.status_code or 200
    for kind, status in KINDS:
        if isinstance(error, kind) and (told < 300 or status in OPERATORS):
            return status
    return told if told >= 300 else 400


def _busy(wait: float | None) -> Refusal:
    return Refusal(503, "the upstream cannot answer now", code="upstream_busy", retry_after=wait)


def _not_found(error: ProviderError, hosts: tuple[str, ...]) -> Refusal:
    # Where it said no more than a status, the error's words are made of its address.
    says = bool(error.code or error.type)
    words = _words(error, hosts) if says else "the upstream has no such model or path"
    return Refusal(404, words, code=_code(error) or "model_not_found")


def _of_set_up(error: ConfigurationError, set_up: bool, hosts: tuple[str, ...]) -> Refusal:
    if isinstance(error, ProviderNotFoundError):
        return Refusal(404, "the model does not exist", code="model_not_found", param="model")
    if isinstance(error, PluginError) and set_up and error.hook == "chimeric_build_request":
        # It builds requests of other clients: this one has something that it does not expect.
        return Refusal(400, "the request cannot be said to this model", code="invalid_request")
    if isinstance(error, PluginError):
        return Refusal(500, "a plugin of the gateway failed", code="gateway_error")
    if set_up or isinstance(error, ModelNotSupportedError):
        return Refusal(400, _words(error, hosts), code="invalid_request")
    return Refusal(502, "the model is not set up in this gateway", code="gateway_setup")


def _words(error: ChimericError, hosts: tuple[str, ...]) -> str:
    """An error's own words, without addresses and the names of the upstream's accounts."""
    text = ADDRESSES.sub("", error.message)
    for host in hosts:
        text = re.sub(re.escape(host), "the upstream", text, flags=re.IGNORECASE)
    text = OWNERS.sub("***", text)
    return text[:LONGEST].strip() or "the upstream refused the request"


def _code(error: ProviderError) -> str | None:
    for told in (error.code, error.type):
        if isinstance(told, str) and CODE.fullmatch(told):
            return told
    return None


def _param(error: ProviderError) -> str | None:
    """The field that the upstream names, as OpenAI's errors do."""
    try:
        body: Any = msgspec.json.decode(error.body or "")
    except (msgspec.DecodeError, RecursionError):
        return None
    told = body.get("error") if is_object(body) else None
    param = told.get("param") if is_object(told) else None
    return param if isinstance(param, str) and FIELD.fullmatch(param) else None


def _limit_words(wait: float | None) -> str:
    # Codex reads when to come again out of the words.
    return "the upstream's rate limit is reached" + (
        "" if wait is None else f"; try again in {wait:g}s"
    )


def _limit_code(error: ProviderError) -> str:
    said = f"{error.code} {error.type}".lower()
    return "insufficient_quota" if "insufficient_quota" in said else "rate_limit_exceeded"
