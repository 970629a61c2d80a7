"""The tables of the file: which fields each has, of which types."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from .document import Document
from .lines import Path

__all__ = ["ClientTable", "EndpointTable", "ModelTable", "TimeoutTable", "TopTable", "read"]

T = TypeVar("T", bound=msgspec.Struct)


class TopTable(msgspec.Struct, kw_only=True):
    """What stands at the top of the file."""

    max_body: int | str = 32_000_000
    grace: float = 30.0
    keepalive: float = 15.0
    max_retries: int = 0
    timeout: float | dict[str, Any] = {}
    endpoints: dict[str, Any] = {}
    models: dict[str, Any] = {}
    clients: dict[str, Any] = {}
    cache: dict[str, Any] | None = None
    limit: dict[str, Any] | None = None
    redis: str | None = None
    log: bool = True
    log_content: bool = False
    otel: bool = False


class TimeoutTable(msgspec.Struct, kw_only=True):
    """``[timeout]``: seconds, as the core's ``Timeout``."""

    connect: float = 10.0
    read: float = 120.0
    first: float = 600.0
    gap: float = 300.0
    total: float | None = None


class EndpointTable(msgspec.Struct, kw_only=True):
    """``[endpoints.NAME]``."""

    provider: str
    base_url: str | None = None
    api_key: str | None = None
    headers: dict[str, str] = {}
    options: dict[str, Any] = {}


class ModelTable(msgspec.Struct, kw_only=True):
    """``[models.NAME]``."""

    model: str
    fallbacks: list[str] = []
    hedge: dict[str, Any] | None = None
    cache: bool | dict[str, Any] | None = None
    limit: bool | dict[str, Any] | None = None
    params: dict[str, Any] = {}


class ClientTable(msgspec.Struct, kw_only=True):
    """``[clients.NAME]``."""

    key_hash: str
    models: list[str] | None = None
    requests_per_minute: int | None = None


TYPES = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "datetime": "a date",
    "null": "nothing",
}


def read(document: Document, path: Path, data: object, form: type[T]) -> T:
    """A table in its form, without converting one type into another.

    Raises:
        ConfigError: for a field that there is not, one that is missing, or of a wrong type.
    """
    if not isinstance(data, Mapping):
        raise document.fault(path, f"this must be a table, not {_type_of(data)}")
    given: dict[str, Any] = {str(key): value for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    fields = form.__struct_fields__
    for key in given:
        if key not in fields:
            raise document.fault((*path, key), no_field(key, fields))
    try:
        return msgspec.convert(given, form, strict=True)
    except msgspec.ValidationError as error:
        raise document.fault(*_explained(path, str(error))) from error


def no_field(key: str, fields: tuple[str, ...]) -> str:
    """The text about a field that there is not."""
    near = difflib.get_close_matches(key, fields, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(fields)}"
    return f"there is no such field; {hint}"


FAULT = re.compile(r"^(?P<text>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def _explained(path: Path, fault: str) -> tuple[Path, str]:
    """Where msgspec found a fault, and what it is, in the words of a file."""
    found = FAULT.match(fault)
    assert found is not None
    for name, place in STEP.findall(found["path"] or ""):
        if name or place != "...":  # of a table's value it does not tell the key
            path = (*path, name or int(place))
    text = found["text"].replace("Object missing required field", "this table needs a field")
    text = re.sub(r"`([a-z |]+)`", lambda types: _in_words(types[1]), text)
    return path, text[:1].lower() + text[1:].replace("`", "'")


def _in_words(types: str) -> str:
    names = [TYPES.get(name, f"'{name}'") for name in types.split(" | ") if name != "null"]
    return " or ".join(names)


def _type_of(value: object) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"), (int, "a number"), (float, "a number"),
        (str, "a string"), (list, "a list"), (tuple, "a list"),
    )  # fmt: skip
    return next((words for kind, words in kinds if isinstance(value, kind)), "this")
