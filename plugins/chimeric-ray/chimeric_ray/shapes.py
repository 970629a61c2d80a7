"""JSON schemas as Arrow types, and values that fit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Shape", "plain", "shape_of", "unchanged"]

DEEPEST = 32
"""Levels of a schema; what is deeper refers to itself."""


class Shape(NamedTuple):
    """An Arrow type, and what makes plain data fit it."""

    type: pa.DataType
    fit: Callable[[Any], Any]


def shape_of(schema: Mapping[str, Any]) -> Shape:
    """The shape of a JSON schema: objects are structs, arrays lists, free-form objects maps.

    What Arrow has no type for (unions, recursion, anything at all) is JSON text in its place.

    Example:
        >>> shape_of({"type": "object", "properties": {"n": {"type": "integer"}}}).type
        StructType(struct<n: int64>)
    """
    return _shape(schema, schema.get("$defs", {}), 0)


def unchanged(value: Any) -> Any:
    """The value."""
    return value


def plain(value: Any) -> Any:
    """An instance of a ``response_format`` as plain data, under the names of its JSON."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:  # pydantic's
        return dump(mode="json", by_alias=True)
    return msgspec.to_builtins(value, enc_hook=plain)


def _shape(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Shape:
    import pyarrow as pa

    if depth > DEEPEST:
        return _text()
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found = definitions.get(reference.rpartition("/")[2])
        return _text() if found is None else _shape(found, definitions, depth + 1)
    kinds = _kinds(schema)
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        real = [choice for choice in choices if choice.get("type") != "null"]
        return _shape(real[0], definitions, depth + 1) if len(real) == 1 else _text()
    if kinds == ["object"]:
        return _object(schema, definitions, depth)
    if kinds == ["array"] and isinstance(schema.get("items"), dict):
        inner = _shape(schema["items"], definitions, depth + 1)
        return Shape(pa.list_(inner.type), _of_all(inner.fit))
    simple = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
    }
    if len(kinds) == 1 and kinds[0] in simple:
        return Shape(simple[kinds[0]], unchanged)
    return _text()


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema allows besides null."""
    told = schema.get("type")
    if told is None and "enum" in schema:
        strings = all(isinstance(value, str) for value in schema["enum"] if value is not None)
        return ["string"] if strings else []
    return [kind for kind in ([told] if isinstance(told, str) else told or []) if kind != "null"]


def _object(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Shape:
    import pyarrow as pa

    fields = {
        name: _shape(field, definitions, depth + 1)
        for name, field in schema.get("properties", {}).items()
    }
    if fields:
        struct = pa.struct([pa.field(name, shape.type) for name, shape in fields.items()])
        return Shape(struct, _of_fields({name: shape.fit for name, shape in fields.items()}))
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        inner = _shape(cast("dict[str, Any]", values), definitions, depth + 1)
        return Shape(pa.map_(pa.string(), inner.type), _of_values(inner.fit))
    return _text()


def _of_fields(fits: Mapping[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        if value is None:
            return None
        return {name: of_field(value.get(name)) for name, of_field in fits.items()}

    return fit


def _of_values(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        return None if value is None else [(name, inner(part)) for name, part in value.items()]

    return fit


def _of_all(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        return None if value is None else [inner(part) for part in value]

    return fit


def _text() -> Shape:
    import pyarrow as pa

    def fit(value: Any) -> Any:
        return None if value is None else msgspec.json.encode(value).decode()

    return Shape(pa.string(), fit)
