"""Recorded answers for the contract suite, and how what was read compares with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

import msgspec

from chimeric import (
    FinishReason,
    ProviderError,
    ServerError,
    Usage,
)

__all__ = ["ErrorKind", "Recorded", "RecordedError"]


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came over the wire, and what it says.

    Attributes:
        body: the bytes of the body.
        text: all text.
        reasoning: all reasoning text, or None.
        refusal: all refusal text, or None.
        tool_calls: ``(id, name, arguments)`` of each call; an id of None is not compared.
        finish_reason: the unified reason.
        finish_reason_native: the provider's own word, or None for not compared.
        usage: token counts, or None for not compared.
        id: the response's id, or None for not compared.
        model: the model that answered, or None for not compared.
        headers: the answer's headers.
        every: it is split and cut off at every so many bytes: 1 for a short recording.
    """

    body: bytes
    text: str = ""
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[tuple[str | None, str, str], ...] = ()
    finish_reason: FinishReason = "stop"
    finish_reason_native: str | None = None
    usage: Usage | None = None
    id: str | None = None
    model: str | None = None
    headers: Mapping[str, str] = {}
    every: int = 1


class RecordedError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it came over the wire, and what must be raised for it.

    Attributes:
        body: the bytes of the body.
        message: words of the provider's own message.
        error: the class that is raised.
        status: the HTTP status; 200 for an error inside a stream.
        text: text that stands in the stream before the error.
        headers: the answer's headers.
        code: the provider's code of the error, or None for not compared.
        type: the provider's type of the error, or None for not compared.
        retry_after: seconds to wait that the answer tells, or None for not compared.
    """

    body: bytes
    message: str
    error: type[ProviderError] = ServerError
    status: int = 200
    text: str = ""
    headers: Mapping[str, str] = {}
    code: str | int | None = None
    type: str | None = None
    retry_after: float | None = None


class ErrorKind(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table of errors that a service documents.

    Attributes:
        status: the HTTP status.
        error: the class that is raised.
        type: the service's word for it, or None where it has none.
        code: the service's code for it, or None.
        headers: the answer's headers.
        retryable: whether trying again may help, or None for not compared.
        retry_after: seconds to wait that the answer tells, or None for not compared.
        body: the body, where it is another than ``error_body`` of the contract makes.
        message: words that must stand in the error's message.

    Example:
        >>> ErrorKind(status=413, error=BadRequestError, type="request_too_large").message
        'zfault'
    """

    status: int
    error: type[ProviderError]
    type: str | None = None
    code: str | int | None = None
    headers: Mapping[str, str] = {}
    retryable: bool | None = None
    retry_after: float | None = None
    body: bytes | None = None
    message: str = "zfault"


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a decoded JSON object."""
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a decoded JSON array."""
    return isinstance(value, list)


def plain(data: bytes) -> Any:
    """A payload as plain data, or None when it is not JSON."""
    try:
        return msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None


def contradictions(native: Any, wire: Any, path: str = "$") -> list[str]:
    """Where a decoded struct says something else than the wire did."""
    if is_object(native) and is_object(wire):
        return [
            line
            for name in native.keys() & wire.keys()
            for line in contradictions(native[name], wire[name], f"{path}.{name}")
        ]
    if is_array(native) and is_array(wire):
        if len(native) != len(wire):
            return [f"{path}: {len(native)} items of {len(wire)}"]
        pairs = enumerate(zip(native, wire, strict=True))
        return [x for i, (a, b) in pairs for x in contradictions(a, b, f"{path}[{i}]")]
    if native is None or isinstance(native, (dict, list)) or native == wire:
        return []
    return [f"{path}: {native!r} is not the wire's {wire!r}"]
