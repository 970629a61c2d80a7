"""JSON schemas in the subset that Anthropic enforces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from .values import as_object

FORMATS: Final = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]
)
KEPT: Final = ("$ref", "type", "enum", "const", "title", "default")


def enforceable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with every object closed, and with what cannot be enforced told in words.

    Limits on numbers, lengths and patterns, and unknown string formats, are refused by the API;
    in the description the model still reads them.

    Example:
        >>> enforceable({"type": "integer", "minimum": 1})
        {'type': 'integer', 'description': '{"minimum":1}'}
    """
    out: dict[str, Any] = {name: schema[name] for name in KEPT if name in schema}
    rest = {name: value for name, value in schema.items() if name not in KEPT}
    for name in ("$defs", "definitions", "properties"):
        if name in rest:
            out[name] = {key: _inner(value) for key, value in as_object(rest.pop(name)).items()}
    for name, target in (("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")):
        if name in rest:
            out[target] = [_inner(value) for value in rest.pop(name)]
    if "items" in rest:
        out["items"] = _inner(rest.pop("items"))
    if rest.get("minItems") in (0, 1):
        out["minItems"] = rest.pop("minItems")
    if rest.get("format") in FORMATS:
        out["format"] = rest.pop("format")
    if out.get("type") == "object" or "properties" in out:
        out.setdefault("properties", {})
        out["additionalProperties"] = False
        out["required"] = rest.pop("required", [])
        rest.pop("additionalProperties", None)
    description = [rest.pop("description")] if rest.get("description") else []
    rest.pop("$schema", None)
    if rest:
        description.append(msgspec.json.encode(rest).decode())
    if description:
        out["description"] = "\n\n".join(description)
    return out


def _inner(value: Any) -> Any:
    return enforceable(as_object(value)) if isinstance(value, dict) else value
