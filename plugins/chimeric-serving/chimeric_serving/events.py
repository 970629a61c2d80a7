"""A stream's chunks, its end and its error as server-sent events.

What is sent (``text/event-stream``):

- for each chunk a plain event, ``data: {"turn": 0, "delta": "Hello"}``: the chunk's ``to_dict()``;
- at the end ``event: done``, ``data: {"finish_reason": "stop", "usage": {...}}``;
- instead of that, when the stream fails, ``event: error``, ``data: {"kind": ..., "message": ...,
  "retryable": ...}``;
- a comment, ``: ping``, whenever nothing was sent for a while.

A browser's ``EventSource`` connects again when a response ends: let it ``close()`` at ``done``, and
at an ``error`` that has ``data`` (its own connection errors have none).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chimeric import (
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ProviderError,
    RefusedError,
    RequestTimeoutError,
    StreamInterruptedError,
    StructuredOutputError,
    TransportError,
)

from .resumable.errors import StreamFailedError, StreamLostError, StreamStoppedError
from .wire import json_bytes

__all__ = ["chunk_event", "error_event", "told_of"]

NAME = re.compile(r"[\w.:-]+", re.ASCII)

SETUP = (AuthenticationError, PermissionDeniedError, NotFoundError)
"""Errors that speak of the application's key, account or address."""

TEXTS: dict[type[ChimericError], str] = {
    StreamFailedError: "internal error",
    StreamLostError: "the process that made the answer has ended",
    StreamStoppedError: "the answer was stopped",
    RequestTimeoutError: "the provider took too long",
    ConnectionFailedError: "the provider could not be reached",
    TransportError: "the provider could not be reached",
    StreamInterruptedError: "the answer was cut off",
    ProtocolError: "the provider's answer could not be read",
    RefusedError: "the request was refused",
    StructuredOutputError: "the answer does not have the form that was asked for",
}
"""What is told of errors whose own text may name a host, a file or a setting."""

INTERNAL = {"kind": "internal", "message": "internal error", "retryable": False}


def chunk_event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """One event with JSON data, as bytes.

    Raises:
        ConfigurationError: for a name that could begin another line.

    Example:
        >>> chunk_event({"delta": "Hi"})
        b'data: {"delta":"Hi"}\\n\\n'
    """
    if name is None:
        return b"data: " + json_bytes(data) + b"\n\n"
    if not NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot be the name of an event: use letters, digits, '-', '_', '.' and ':'"
        )
    return b"event: %s\ndata: %s\n\n" % (name.encode(), json_bytes(data))


def error_event(error: BaseException) -> bytes:
    """The event that tells of an error. A browser may know it: it holds no key, no address and no
    text of the application.

    The message is the provider's own where the provider refused the request. Of a connection that
    failed and an answer that broke, the kind is told in words of this library. Anything else (a
    plugin or a tool that raised, a wrong setting, a key that is not accepted) is the application's
    own matter: ``internal error``, and its log tells more.

    Example:
        >>> from chimeric import PluginError, RateLimitError
        >>> error_event(RateLimitError("slower"))
        b'event: error\\ndata: {"kind":"rate_limit","message":"slower","retryable":true}\\n\\n'
        >>> b"internal error" in error_event(PluginError("postgres://admin:hunter2@db is down"))
        True
    """
    return chunk_event(told_of(error) or INTERNAL, "error")


def told_of(error: BaseException) -> dict[str, Any] | None:
    """What users of the application may know of an error; None where that is nothing."""
    if isinstance(error, ProviderError):
        text = None if isinstance(error, SETUP) else error.message
    else:
        text = next((TEXTS[c] for c in type(error).__mro__ if c in TEXTS), None)
    if text is None or not isinstance(error, ChimericError):
        return None
    told: dict[str, Any] = {"kind": error.kind, "message": text, "retryable": error.retryable}
    if isinstance(error, RefusedError) and error.retry_after is not None:
        told["retry_after"] = error.retry_after
    return told
