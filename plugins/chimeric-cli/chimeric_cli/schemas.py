"""The value of ``--schema``: JSON, a file with JSON, or a short form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import msgspec

__all__ = ["read_schema", "short_form"]

TYPES = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
}
FIELD = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\s+(?P<type>[A-Za-z]+)(?P<list>\[\])?)?")


def read_schema(given: str) -> dict[str, Any]:
    """A JSON schema out of what was given.

    Raises:
        click.UsageError: when it is none; it says what is wrong.
    """
    text = given.strip()
    if text.startswith("{"):
        return _decoded(text.encode(), "--schema")
    path = Path(text).expanduser()
    if path.suffix == ".json" or (len(text) < 256 and path.is_file()):
        try:
            return _decoded(path.read_bytes(), str(path))
        except OSError as error:
            raise click.UsageError(f"cannot read {path}: {error.strerror}") from None
    return short_form(text)


def short_form(text: str) -> dict[str, Any]:
    """The schema of an object whose fields stand between commas or line ends.

    A field is ``NAME``, ``NAME TYPE`` or ``NAME TYPE[]``, and ``: DESCRIPTION`` behind it; without
    a type it is a string.

    Raises:
        click.UsageError: for a field that is none, or that stands there twice.

    Example:
        >>> short_form("name, age int")["properties"]
        {'name': {'type': 'string'}, 'age': {'type': 'integer'}}
    """
    fields: dict[str, dict[str, Any]] = {}
    for each in re.split(r"\n" if "\n" in text else r",", text):
        told, colon, description = each.partition(":")
        if not each.strip():
            continue
        found = FIELD.fullmatch(told.strip())
        kind = TYPES.get((found["type"] or "str").lower()) if found else None
        if found is None or kind is None:
            raise click.UsageError(
                f"--schema: {each.strip()!r} is no field; write NAME or NAME TYPE, with a type of "
                "str, int, float, bool (TYPE[] for a list), or give JSON or a .json file"
            )
        name = found["name"]
        if name in fields:
            raise click.UsageError(f"--schema: the field {name!r} stands there twice")
        field: dict[str, Any] = {"type": kind}
        if found["list"]:
            field = {"type": "array", "items": field}
        if colon and description.strip():
            field["description"] = description.strip()
        fields[name] = field
    if not fields:
        raise click.UsageError("--schema: there is no field")
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _decoded(data: bytes, where: str) -> dict[str, Any]:
    try:
        schema = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise click.UsageError(f"{where}: not JSON: {error}") from None
    if not isinstance(schema, dict):
        raise click.UsageError(f"{where}: a schema is a JSON object")
    told: dict[str, Any] = {}
    return told | schema
