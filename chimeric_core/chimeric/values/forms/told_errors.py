"""Errors as plain data, and back: their class, their fields, and what had arrived."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chimeric.errors import ChimericError
from chimeric.values.responses import CompletionResponse

from .headers import Headers
from .told_chunks import plain

__all__ = ["error_data", "error_of"]


def error_data(
    error: ChimericError, response_data: Callable[[CompletionResponse], Any]
) -> dict[str, Any]:
    """What an error says."""
    kinds = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, ChimericError)]
    fields: dict[str, Any] = {}
    for name, value in vars(error).items():
        if name == "partial" or name.startswith("__"):
            continue
        if isinstance(value, bytes):
            fields[name] = {"base64": base64.b64encode(value).decode()}
        else:
            fields[name] = plain(dict(value) if isinstance(value, Headers) else value)
    told: dict[str, Any] = {"class": kinds, **fields}
    if error.partial is not None:
        told["partial"] = response_data(error.partial)
    return told


def error_of(data: Mapping[str, Any], response_of: Callable[[Any], CompletionResponse]) -> Any:
    """The error again, of its class or of the nearest one that is loaded."""
    fields = dict(data)
    # Of two with one name the first is nearer to the root: ours, and no adapter's.
    known = {kind.__name__: kind for kind in reversed([*_classes(ChimericError)])}
    kind = next((known[name] for name in fields.pop("class") if name in known), ChimericError)
    error = kind.__new__(kind, fields["message"])
    ChimericError.__init__(error, fields["message"])
    for name, value in fields.items():
        if name == "partial":
            error.partial = response_of(value)
        elif name == "headers":
            error.headers = Headers(value)
        elif isinstance(value, dict) and set(value) == {"base64"}:  # pyright: ignore[reportUnknownArgumentType]
            setattr(error, name, base64.b64decode(value["base64"]))  # pyright: ignore[reportUnknownArgumentType]
        else:
            setattr(error, name, value)
    return error


def _classes(kind: type[ChimericError]) -> Iterator[type[ChimericError]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _classes(derived)
