"""The subset of JSON Schema that Anthropic enforces (its guide to structured outputs)."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import child, is_object

from .errors import bad_request

__all__ = ["check_schema"]


_REFUSED = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "pattern", "maxItems", "uniqueItems", "oneOf"),
    *("minProperties", "maxProperties", "patternProperties"),
)


def check_schema(schema: Any, place: str) -> None:
    """Refuse a schema that is not enforced as it is.

    Raises:
        Problem: for open objects, limits of numbers and lengths, definitions that hold themselves.
    """
    if not is_object(schema):
        return
    kind = schema.get("type")
    if kind == "object" and schema.get("additionalProperties") is not False:
        word = "For 'object' type, 'additionalProperties' must be explicitly set to false"
        raise bad_request(place, word)
    for key in _REFUSED:
        if key in schema:
            raise bad_request(place, f"For '{kind}' type, property '{key}' is not supported")
    if schema.get("minItems") not in (None, 0, 1):
        word = "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        raise bad_request(place, word)
    for key in ("properties", "$defs", "definitions"):
        for inner in child(schema, key).values():
            check_schema(inner, place)
    for key in ("anyOf", "allOf"):
        for inner in schema.get(key) or ():
            check_schema(inner, place)
    check_schema(schema.get("items"), place)
