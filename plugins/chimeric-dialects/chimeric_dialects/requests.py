"""HTTP requests as values; whoever serves them parses the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from .json_values import is_object
from .problems import Problem

__all__ = ["Request"]


class Request(msgspec.Struct):
    """One request.

    Attributes:
        method: ``POST`` or ``GET``.
        target: path and query as they were sent, still quoted.
        headers: headers, names in lower case.
        body: the whole body.
        path: unquoted path, taken from ``target``.
        query: query parameters, taken from ``target``.
    """

    method: str
    target: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    path: str = ""
    query: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        path, _, query = self.target.partition("?")
        self.path = unquote(path)
        if query:
            self.query = dict(parse_qsl(query, keep_blank_values=True))

    @property
    def bearer(self) -> str | None:
        """The key of an ``Authorization: Bearer`` header."""
        scheme, _, key = self.headers.get("authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else None

    def json(self) -> dict[str, Any]:
        """The decoded body.

        Raises:
            Problem: ``malformed`` where it is no JSON object.
        """
        try:
            body = msgspec.json.decode(self.body)
        except (ValueError, RecursionError) as error:
            raise Problem("malformed", str(error)) from None
        if not is_object(body):
            raise Problem("malformed", "the body is not a JSON object")
        return body
