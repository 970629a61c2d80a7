"""A request's body as the JSON object that it has to be."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from chimeric_gateway.refusal import Refusal

__all__ = ["json_object"]


def json_object(data: bytes) -> dict[str, Any]:
    """The object that a body holds.

    Raises:
        Refusal: 400 for a body that is none.

    Example:
        >>> json_object(b'{"model": "fast"}')
        {'model': 'fast'}
    """
    if not data.strip():
        raise Refusal(400, "the request has no body; it must be a JSON object")
    try:
        body: object = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, f"the request's body is not JSON: {error}") from None
    except RecursionError:
        raise Refusal(400, "the request's body is nested too deeply") from None
    if not isinstance(body, dict):
        raise Refusal(400, "the request's body must be a JSON object")
    return cast("dict[str, Any]", body)
