"""JSON schemas as data: made compact for a model to read, and values that fit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from .type_guards import is_array, is_mapping, is_object

__all__ = ["JSONSchema", "compact_schema", "without_nulls"]

JSONSchema: TypeAlias = dict[str, Any]

REF_PREFIX = "#/$defs/"

INLINE_LIMIT: Final = 500
"""Nodes of a definition that may still be repeated wherever it is used."""

MOST_REFERENCES: Final = 32
"""References that lead to one another; more are a circle."""

ONE_SCHEMA = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
LISTED_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")
NAMED_SCHEMAS = ("properties", "patternProperties", "$defs", "definitions")

JSON_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}


def compact_schema(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> JSONSchema:
    """One self-contained schema: references put in place, titles left out, enums typed.

    A definition that refers to itself, or is large, stays in ``$defs``.
    """
    kept = {name for name in definitions if _refers_to(name, name, definitions)}
    for name in definitions:
        if name not in kept and _weight(definitions[name], definitions, kept) > INLINE_LIMIT:
            kept.add(name)
    used: set[str] = set()

    def tidy(node: JSONSchema) -> JSONSchema:
        name = _ref_name(node)
        if name in definitions:
            if name not in kept:
                siblings = {k: v for k, v in node.items() if k != "$ref"}
                return tidy({**definitions[name], **siblings})
            used.add(name)
        cleaned = {k: v for k, v in node.items() if k != "discriminator"}
        if isinstance(cleaned.get("title"), str):
            del cleaned["title"]
        return _map_children(_typed_enum(cleaned), tidy)

    root = {k: v for k, v in schema.items() if k != "$defs"}
    if _ref_name(root) in definitions:  # providers want to see an object at the root
        root = {**definitions[_ref_name(root)], **{k: v for k, v in root.items() if k != "$ref"}}
    result = tidy(root)
    placed: JSONSchema = {}
    while missing := sorted(used - placed.keys()):
        for name in missing:
            placed[name] = tidy(definitions[name])
    return {**result, "$defs": placed} if placed else result


def without_nulls(value: Any, schema: Mapping[str, Any]) -> Any:
    """``value`` without the nulls that only stand for "left out".

    Some protocols enforce only schemas in which everything is required; what was optional may be
    null there.

    A null goes when its property is not required and its schema does not allow null.
    """
    return _without_nulls(value, schema, schema)


def _without_nulls(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    schema = _followed(schema, root)
    for option in schema.get("anyOf") or schema.get("oneOf") or ():
        value = _without_nulls(value, option, root)
    if is_array(value):
        items: Any = schema.get("items")
        if not is_object(items):
            return value
        return [_without_nulls(item, items, root) for item in value]
    if not is_object(value):
        return value
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = schema.get("required") or ()
    result: dict[str, Any] = {}
    for key, item in value.items():
        known = properties.get(key)
        if known is None:
            result[key] = item
        elif item is not None:
            result[key] = _without_nulls(item, known, root)
        elif key in required or _allows_null(known, root):
            result[key] = item
    return result


def _allows_null(schema: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    schema = _followed(schema, root)
    if not schema or "null" in _types(schema) or None in schema.get("enum", ()):
        return True
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    return any(_allows_null(option, root) for option in options)


def _followed(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference leads to; what is none (``true``) allows anything."""
    for _ in range(MOST_REFERENCES):
        if not is_mapping(schema):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        found: Any = root
        for name in reference.removeprefix("#").split("/")[1:]:
            found = found.get(name) if is_object(found) else None
        schema = found
    return {}


def _map_children(
    schema: Mapping[str, Any], change: Callable[[JSONSchema], JSONSchema]
) -> JSONSchema:
    """A copy of ``schema`` whose direct subschemas went through ``change``."""

    def changed(child: Any) -> Any:
        return change(child) if is_object(child) else child

    result: JSONSchema = {}
    for key, value in schema.items():
        if key in NAMED_SCHEMAS and is_object(value):
            result[key] = {name: changed(child) for name, child in value.items()}
        elif key in LISTED_SCHEMAS and is_array(value):
            result[key] = [changed(child) for child in value]
        else:
            result[key] = changed(value) if key in ONE_SCHEMA else value
    return result


def _children(schema: Mapping[str, Any]) -> list[JSONSchema]:
    found: list[JSONSchema] = []

    def note(child: JSONSchema) -> JSONSchema:
        found.append(child)
        return child

    _map_children(schema, note)
    return found


def _ref_name(schema: Mapping[str, Any]) -> str:
    ref = schema.get("$ref")
    return ref.removeprefix(REF_PREFIX) if isinstance(ref, str) else ""


def _references(schema: Mapping[str, Any]) -> set[str]:
    names = {_ref_name(schema)} - {""}
    return names.union(*(_references(child) for child in _children(schema)))


def _refers_to(target: str, start: str, definitions: Mapping[str, Any]) -> bool:
    """Whether the definition ``start`` leads to a reference to ``target``."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        for found in _references(definitions.get(name, {})):
            if found == target:
                return True
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return False


def _weight(schema: Mapping[str, Any], definitions: Mapping[str, Any], kept: set[str]) -> int:
    """Nodes that the schema has once its references are in place, counted up to the limit."""
    name = _ref_name(schema)
    weight = 1
    if name in definitions and name not in kept:
        weight += _weight(definitions[name], definitions, kept)
    for child in _children(schema):
        if weight > INLINE_LIMIT:
            break
        weight += _weight(child, definitions, kept)
    return weight


def _typed_enum(schema: JSONSchema) -> JSONSchema:
    """Some providers refuse an enum that does not say its type."""
    if "type" in schema or "enum" not in schema:
        return schema
    types = list(dict.fromkeys(JSON_TYPES.get(kind, "") for kind in map(type, schema["enum"])))
    if "" in types:
        return schema
    return {"type": types[0] if len(types) == 1 else types, **schema}


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kind = schema.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind)
