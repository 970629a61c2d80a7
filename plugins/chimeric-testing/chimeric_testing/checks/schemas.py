"""JSON schemas with keywords that few have, and the calls that ask for answers of their form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric import Tool

from .conversations import ASK

__all__ = ["SCHEMA_CALLS"]

NAMED: Final = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Keywords below which stand names and no keywords."""

ALIKE: Final = ("const", "default", "title", "type", "enum", "format", "required")
"""Names that are keywords elsewhere."""

RARE: Final[Mapping[str, Any]] = {
    "not": {"type": "null"},
    "oneOf": [{"type": "string"}, {"type": "integer"}],
    "allOf": [{"type": "object"}],
    "prefixItems": [{"type": "string"}],
    "contains": {"const": 1},
    "if": {"required": ["a"]},
    "then": {"required": ["b"]},
    "propertyNames": {"pattern": "a"},
    "enum": ["a", 1, None],
    "nullable": True,
    "examples": ["a"],
    "minItems": 1,
    "uniqueItems": True,
    "exclusiveMinimum": 0,
}


def _schemas() -> dict[str, dict[str, Any]]:
    plain = {"type": "object", "properties": {"a": {"type": "string"}}}
    named = {word: {"type": "string", "default": "a", "title": "A"} for word in ALIKE}
    found = {f"names in {word}": {**plain, word: named} for word in NAMED}
    for word, value in RARE.items():
        inner = {"type": "array" if "tems" in word else "object", word: value}
        found[f"the keyword {word}"] = {**plain, "properties": {"a": inner, word: {}}}
    return found


def _calls() -> dict[str, Mapping[str, Any]]:
    calls: dict[str, Mapping[str, Any]] = {}
    for name, schema in _schemas().items():
        told = {"type": "json_schema", "json_schema": {"name": "o", "schema": schema}}
        calls[f"a schema with {name}"] = {"messages": [ASK], "response_format": told}
        tool = Tool(name="now", description="Tell.", parameters=schema)
        calls[f"a tool with {name}"] = {"messages": [ASK], "tools": [tool]}
    return calls


SCHEMA_CALLS: Final = _calls()
"""By a name in words."""
