"""Requests of front ends: how much is read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import AsyncIterable, Mapping
from typing import Any, Final, TypeGuard

import msgspec

from chimeric import ChimericError

__all__ = ["MAX_BODY", "InvalidRequestError", "decoded", "is_list", "is_object", "read_body"]

MAX_BODY: Final = 32 * 1024 * 1024
"""Bytes of a request that are read without ``max_bytes``."""


class InvalidRequestError(ChimericError):
    """What a front end sent cannot be read. Its text may be shown to it.

    Attributes:
        status_code: 400, or 413 for a body that is too large.

    Example:
        >>> InvalidRequestError("messages is missing").status_code
        400
    """

    kind = "invalid_request"

    def __init__(self, message: str, *, status_code: int = 400) -> None:
        super().__init__(message)
        self.status_code = status_code


async def read_body(chunks: AsyncIterable[bytes], *, max_bytes: int = MAX_BODY) -> bytes:
    """The body of a request, up to a size, also where no header tells it before.

    Args:
        chunks: the body as it comes: ``request.stream()`` of Starlette and FastAPI.
        max_bytes: how much is taken.

    Raises:
        InvalidRequestError: of status 413, as soon as more has come.

    Example:
        .. code-block:: python

            request = read_ui_request(await read_body(http_request.stream()))
    """
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


def decoded(body: bytes | str | Mapping[str, Any], max_bytes: int) -> Mapping[str, Any]:
    """The object of a body.

    Raises:
        InvalidRequestError: for one that is too large, no JSON, or no object.
    """
    if isinstance(body, Mapping):
        return body
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidRequestError("the body is no JSON that can be read") from error
    if not is_object(value):
        raise InvalidRequestError("the body must be a JSON object")
    return value


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a value out of JSON is a list."""
    return isinstance(value, list)


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value out of JSON is an object."""
    return isinstance(value, dict)


def _too_large(max_bytes: int) -> InvalidRequestError:
    return InvalidRequestError(f"the request is larger than {max_bytes:,} bytes", status_code=413)
