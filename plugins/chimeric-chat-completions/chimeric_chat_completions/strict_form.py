"""The form of a JSON schema that OpenAI, and servers that follow it, enforce exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeGuard, cast

from chimeric import ConfigurationError, ResponseFormat, Tool

__all__ = ["format_schema", "strict_schema", "tool_schema"]

JSONSchema: TypeAlias = dict[str, Any]

ONE_SCHEMA = ("items", "additionalProperties")
LISTED_SCHEMAS = ("anyOf",)
NAMED_SCHEMAS = ("properties", "$defs", "definitions")

STRICT_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
)
NOT_STRICT = ("not", "if", "then", "else", "patternProperties", "prefixItems", "contains")
LOOKAROUND = re.compile(r"\(\?<?[=!]")
NOISE = ("default", "discriminator", "uniqueItems", "contentEncoding", "$schema", "$id", "title")


def strict_schema(schema: Mapping[str, Any]) -> JSONSchema:
    """The subset that OpenAI enforces exactly (``strict: true``); the input is not changed.

    Every object lists all its properties as required and allows no others; what was optional may
    be null instead (the core takes such nulls out of answers and arguments again). ``oneOf``
    becomes ``anyOf``, a reference stands alone, defaults and unknown formats are left out. Source:
    OpenAI's guide to structured outputs, "Supported schemas".

    Raises:
        ValueError: for what has no strict form (free-form objects, values of any type, tuples,
            references into properties, patterns that look around); the text says where. Send
            such a schema with ``strict: false``.

    Example:
        >>> strict_schema({"type": "object", "properties": {"a": {"type": "string"}}})
        ... # doctest: +NORMALIZE_WHITESPACE
        {'type': 'object', 'properties': {'a': {'anyOf': [{'type': 'string'}, {'type': 'null'}]}},
         'required': ['a'], 'additionalProperties': False}
    """
    return _strict(dict(schema), "$")


def format_schema(wanted: ResponseFormat, dropped: list[str]) -> tuple[Mapping[str, Any], bool]:
    """The schema of a response format as it is sent, and whether it is to be enforced.

    Args:
        wanted: a format of the kind ``json_schema``.
        dropped: takes a sentence where the caller asked for more than can be had.
    """
    schema, strict = _enforced(wanted.schema or {"type": "object"}, wanted.strict)
    if wanted.strict and not strict and wanted.type is None:
        dropped.append("the schema of the response_format has no strict form; it is not enforced")
    return schema, strict


def tool_schema(tool: Tool, dropped: list[str]) -> tuple[Mapping[str, Any], bool]:
    """The same for a tool."""
    schema, strict = _enforced(tool.parameters, bool(tool.strict))
    if tool.strict and not strict:
        dropped.append(f"the schema of the tool {tool.name} has no strict form; it is not enforced")
    return schema, strict


def _enforced(schema: Mapping[str, Any], wanted: bool) -> tuple[Mapping[str, Any], bool]:
    """The schema in the subset that is enforced, or as it is where it has no such form."""
    try:
        return (strict_schema(schema), True) if wanted else (schema, False)
    except ValueError:
        return schema, False
    except (AttributeError, TypeError):
        raise ConfigurationError("a schema is not a JSON schema: properties, items, ...") from None
    except RecursionError:
        raise ConfigurationError("a schema contains itself or is too deep") from None


def _strict(schema: JSONSchema, path: str) -> JSONSchema:
    for keyword in NOT_STRICT:
        if keyword in schema:
            raise ValueError(f"{path}: {keyword!r} has no strict form")
    if LOOKAROUND.search(str(schema.get("pattern", ""))):
        raise ValueError(f"{path}: a pattern that looks around has no strict form")
    node = _plain_unions(schema, path)
    if "$ref" in node:
        if not str(node["$ref"]).startswith(("#/$defs/", "#/definitions/")) and node["$ref"] != "#":
            # What it leads to may be null in this form, where the reference may not.
            raise ValueError(f"{path}: a reference to {node['$ref']} has no strict form")
        return _lone_reference(node, path)
    if not node.keys() & {"type", "anyOf", "enum", "const"}:
        raise ValueError(f"{path}: a value of any type has no strict form")
    if "array" in _types(node) and not isinstance(node.get("items"), dict):
        raise ValueError(f"{path}: a list of anything has no strict form")
    result = _map_children(_without_noise(node), lambda child, at: _strict(child, f"{path}.{at}"))
    return _closed_object(result, path) if "object" in _types(node) else result


def _plain_unions(schema: JSONSchema, path: str) -> JSONSchema:
    node = dict(schema)
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    if "allOf" in node:
        parts = node.pop("allOf")
        if len(parts) != 1:
            raise ValueError(f"{path}: 'allOf' has no strict form")
        node = {**parts[0], **node}
    return node


def _without_noise(schema: JSONSchema) -> JSONSchema:
    return {
        key: value
        for key, value in schema.items()
        if key not in NOISE and not (key == "format" and value not in STRICT_FORMATS)
    }


def _lone_reference(schema: JSONSchema, path: str) -> JSONSchema:
    rest = _without_noise({k: v for k, v in schema.items() if k not in ("$ref", "$defs")})
    result: JSONSchema = {"$ref": schema["$ref"]}
    if rest:
        result = {"anyOf": [result], **rest}
    if "$defs" in schema:
        definitions = {"$defs": schema["$defs"]}
        result |= _map_children(definitions, lambda child, at: _strict(child, f"{path}.{at}"))
    return result


def _closed_object(schema: JSONSchema, path: str) -> JSONSchema:
    properties: Mapping[str, Any] | None = schema.get("properties")
    if properties is None or schema.get("additionalProperties", False) is not False:
        raise ValueError(f"{path}: an object with keys of any name has no strict form")
    required: frozenset[str] = frozenset(schema.get("required") or ())
    if unknown := sorted(required - properties.keys()):
        raise ValueError(f"{path}: {unknown[0]!r} is required, and is no property")
    return {
        **schema,
        "properties": {
            name: child if name in required else _nullable(child)
            for name, child in properties.items()
        },
        "required": list(properties),
        "additionalProperties": False,
    }


def _nullable(schema: JSONSchema) -> JSONSchema:
    if _allows_null(schema):
        return schema
    described = {"description": schema["description"]} if "description" in schema else {}
    options = schema.get("anyOf")
    if options and not schema.keys() - {"anyOf", "description"}:
        return {"anyOf": [*options, {"type": "null"}], **described}
    bare = {k: v for k, v in schema.items() if k != "description"}
    return {"anyOf": [bare, {"type": "null"}], **described}


def _allows_null(schema: Mapping[str, Any]) -> bool:
    if not schema or "null" in _types(schema) or None in schema.get("enum", ()):
        return True
    return any(_allows_null(option) for option in schema.get("anyOf") or ())


def _map_children(
    schema: Mapping[str, Any], change: Callable[[JSONSchema, str], JSONSchema]
) -> JSONSchema:
    """A copy of ``schema`` whose direct subschemas went through ``change(subschema, label)``."""

    def apply(child: Any, label: str) -> Any:
        return change(cast("JSONSchema", child), label) if isinstance(child, dict) else child

    result: JSONSchema = {}
    for key, value in schema.items():
        if key in NAMED_SCHEMAS and isinstance(value, dict):
            named = cast("dict[str, Any]", value)
            result[key] = {name: apply(child, name) for name, child in named.items()}
        elif key in LISTED_SCHEMAS and _is_list(value):
            result[key] = [apply(child, f"{key}[{i}]") for i, child in enumerate(value)]
        elif key in ONE_SCHEMA:
            result[key] = apply(value, key)
        else:
            result[key] = value
    return result


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kind = schema.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind)
