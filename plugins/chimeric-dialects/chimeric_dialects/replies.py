"""HTTP replies as values; whoever serves them writes the bytes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .json_values import dumps

__all__ = ["Reply", "json_reply"]


class Reply(msgspec.Struct, kw_only=True):
    """One whole reply.

    Attributes:
        status: HTTP status.
        headers: headers besides those that frame the message.
        body: the whole body.
    """

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


def json_reply(status: int, payload: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A whole JSON reply."""
    found = {"content-type": "application/json", **(headers or {})}
    return Reply(status=status, headers=found, body=dumps(payload))
