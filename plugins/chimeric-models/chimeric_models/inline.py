"""JSON schemas with their references written out, for servers that follow none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast
from urllib.parse import unquote

import msgspec

from chimeric import ConfigurationError

from .rules import Asked, Rule

__all__ = ["Inlined", "inlining"]

DEFINITIONS: Final = ("$defs", "definitions")
MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
LISTS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
SCHEMAS: Final = (
    *("items", "additionalItems", "additionalProperties", "contains", "propertyNames", "not"),
    *("if", "then", "else", "unevaluatedItems", "unevaluatedProperties"),
)
MOST: Final = 10_000
"""Schemas in one; references to references can double it at each step."""


class Inlined(msgspec.Struct, frozen=True):
    """A schema without references to itself.

    Attributes:
        schema: what is sent.
        cut: the references that hold themselves. They end in a value of any form, at the second
            time.
    """

    schema: dict[str, Any]
    cut: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Inlined:
        """Write out the references of a schema; those to elsewhere stay.

        Raises:
            ConfigurationError: for a schema that is too large without them.

        Example:
            >>> node = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}}
            >>> Inlined.of({**node, "$defs": {"A": {"type": "string"}}}).schema
            {'type': 'object', 'properties': {'a': {'type': 'string'}}}
        """
        writer = _Writer(schema)
        try:
            written: dict[str, Any] = writer.write(schema, ())
        except RecursionError:
            raise ConfigurationError("a schema is too deep") from None
        return cls(written, tuple(writer.cut))


def _as_list(value: Any) -> list[Any]:
    """What is known to be a list."""
    items: list[Any] = value
    return items


class _Writer:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._count = 0
        self.cut: dict[str, None] = {}

    def write(self, schema: Any, path: tuple[str, ...]) -> Any:
        """A schema in full; ``path`` are the references that it stands in."""
        if not isinstance(schema, Mapping):
            return schema  # true, false
        self._count += 1
        if self._count > MOST:
            raise ConfigurationError("a schema is too large when its references are written out")
        node = cast("Mapping[str, Any]", schema)
        reference: Any = node.get("$ref")
        target = self._target(reference) if isinstance(reference, str) else None
        if target is None:
            return {n: self._inner(n, v, path) for n, v in node.items() if n not in DEFINITIONS}
        beside = {n: v for n, v in node.items() if n != "$ref"}
        if reference in path:
            self.cut[str(reference)] = None
            kind = {"type": target["type"]} if "type" in target else {}
            return {**kind, **self.write(beside, path)}
        return {**self.write(target, (*path, str(reference))), **self.write(beside, path)}

    def _inner(self, name: str, value: Any, path: tuple[str, ...]) -> Any:
        """The value of a keyword: what stands in an enum or an example is no schema."""
        if name in MAPS and isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            return {key: self.write(inner, path) for key, inner in named.items()}
        if isinstance(value, list) and name in (*LISTS, "items"):
            return [self.write(inner, path) for inner in _as_list(value)]
        return self.write(value, path) if name in SCHEMAS else cast("Any", value)

    def _target(self, reference: str) -> Mapping[str, Any] | None:
        """What a reference within the schema points to; None for what is elsewhere or not there."""
        if not reference.startswith("#"):
            return None
        found: Any = self._root
        for step in filter(None, unquote(reference[1:]).split("/")):
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list):
                items = _as_list(found)
                found = items[int(key)] if key.isdigit() and int(key) < len(items) else None
            else:
                found = cast("Mapping[str, Any]", found).get(key)
            if not isinstance(found, (Mapping, list)):
                return None
        return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else None


def inlining(
    *, source: str, models: str = "all", holds: Callable[[Asked], bool] | None = None
) -> Rule:
    """A row for models whose server follows no reference in the schemas of tools and answers.

    A schema that holds itself has no end without them; that it was cut is told.
    """
    return Rule(
        said="a schema with `$ref`",
        models=models,
        done="changed",
        how="the references are written out; one that holds itself is cut, and that is told",
        source=source,
        on=("tools", "response_format", "text"),
        holds=holds,
        change=_write_out,
    )


def _write_out(asked: Asked) -> list[str]:
    told: list[str] = []
    for name in ("tools", "response_format", "text"):
        value = asked.body.get(name)
        if name not in asked.besides and value is not None:
            asked.body[name] = _in_value(value, asked, told)
    return told


def _in_value(value: Any, asked: Asked, told: list[str]) -> Any:
    """A tool, a list of tools or an answer's format, with each schema in it written out."""
    if isinstance(value, (list, tuple)):
        return [_in_value(one, asked, told) for one in cast("list[Any]", value)]
    if not isinstance(value, Mapping):
        return value
    fields, before = cast("Mapping[str, Any]", value), len(told)
    written = {
        name: _schema(inner, fields, asked, told)
        if name in ("parameters", "schema")
        else _in_value(inner, asked, told)
        if name in ("function", "json_schema", "format")
        else inner
        for name, inner in fields.items()
    }
    if len(told) > before and written.get("strict") is True:
        written["strict"] = False  # a value of any form cannot be enforced
    return written


def _schema(schema: Any, of: Mapping[str, Any], asked: Asked, told: list[str]) -> Any:
    if not isinstance(schema, Mapping) or b'"$ref"' not in msgspec.json.encode(schema):
        return cast("Any", schema)
    written = Inlined.of(cast("Mapping[str, Any]", schema))
    told += [
        f"{of.get('name', 'the schema')}: {asked.model} at {asked.service} follows no reference, "
        f"and {reference} holds itself: it is cut, and not enforced as strict"
        for reference in written.cut
    ]
    return written.schema
