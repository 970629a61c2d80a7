"""The subset of JSON Schema that OpenAI's strict mode takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric_dialects.json_values import child, is_object

__all__ = ["strict_complaint"]


def strict_complaint(schema: Any, where: tuple[str, ...] = ()) -> str | None:
    """Why OpenAI's strict mode refuses a schema, in its words, or None where it takes it."""
    if not is_object(schema):
        return None
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            return (
                f"In context={where}, 'additionalProperties' is required to be supplied and to "
                "be false."
            )
        properties: Mapping[str, Any] = child(schema, "properties")
        required: set[str] = set(schema.get("required") or ())
        missing = [key for key in properties if key not in required]
        if missing:
            return (
                f"In context={where}, 'required' is required to be supplied and to be an array "
                f"including every key in properties. Missing '{missing[0]}'."
            )
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and any(mark in pattern for mark in ("(?=", "(?!", "(?<")):
        return f"In context={where}, 'pattern' has a lookaround, which is not permitted."
    if "$ref" in schema and len(schema) > 1:
        others = schema.keys() - {"$ref"}
        return f"In context={where}, $ref cannot have keywords {others}."
    if schema.get("type") == "array" and not schema.get("items"):
        return f"In context={where}, array schema missing items."
    if "oneOf" in schema:
        return f"In context={where}, 'oneOf' is not permitted."
    return next((c for part in _inner(schema, where) if (c := strict_complaint(*part))), None)


def _inner(schema: Mapping[str, Any], where: tuple[str, ...]) -> list[tuple[Any, tuple[str, ...]]]:
    found: list[tuple[Any, tuple[str, ...]]] = []
    for key in ("properties", "$defs", "definitions"):
        for name, inner in child(schema, key).items():
            found.append((inner, (*where, key, name)))
    if "items" in schema:
        found.append((schema["items"], (*where, "items")))
    for index, inner in enumerate(schema.get("anyOf") or ()):
        found.append((inner, (*where, "anyOf", str(index))))
    return found
