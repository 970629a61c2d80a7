"""JSON schemas in the subset that Claude enforces, and what of them cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from chimeric import ConfigurationError

__all__ = ["Closed", "enforceable"]

FORMATS: Final = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"]
)
KEPT: Final = ("$ref", "type", "enum", "const", "title", "default")
OPEN: Final = ("additionalProperties", "patternProperties", "unevaluatedProperties")


class Closed(msgspec.Struct, frozen=True):
    """A schema with its objects closed.

    Attributes:
        schema: what is sent.
        opened: the places of objects whose keys the schema left open, which can only be empty now,
            or hold the named keys alone.
        recursive: whether a definition holds itself, which is refused.
    """

    schema: dict[str, Any]
    opened: tuple[str, ...] = ()
    recursive: bool = False

    @property
    def faults(self) -> str:
        """What is lost, in words; empty for nothing."""
        told = [
            f"the keys of {place} are open, and only named ones can be given"
            for place in self.opened
        ]
        return "; ".join(
            [*told, *(["it holds itself, and is not enforced"] if self.recursive else [])]
        )

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Closed:
        """Close a schema.

        Raises:
            ConfigurationError: for one that is too deep to be read.

        Example:
            >>> Closed.of({"type": "object", "properties": {"a": {"type": "object"}}}).opened
            ('a',)
        """
        opened: list[str] = []
        try:
            closed = _enforceable(schema, "", opened)
            return cls(closed, tuple(opened), _is_recursive(schema))
        except RecursionError:
            raise ConfigurationError("a schema contains itself or is too deep") from None


def enforceable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with every object closed, and with what cannot be enforced told in words.

    Limits on numbers, lengths and patterns, and unknown string formats, are refused by the API;
    in the description the model still reads them (source: Anthropic's guide to structured
    outputs, "JSON Schema limitations"; Bedrock: the same words in its errors).

    Example:
        >>> enforceable({"type": "integer", "minimum": 1})
        {'type': 'integer', 'description': '{"minimum":1}'}
    """
    return _enforceable(schema, "", [])


def _enforceable(schema: Mapping[str, Any], place: str, opened: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {name: schema[name] for name in KEPT if name in schema}
    rest = {name: value for name, value in schema.items() if name not in KEPT}
    for name in ("$defs", "definitions", "properties"):
        if name in rest:
            out[name] = {
                key: _inner(value, f"{place}.{key}".lstrip("."), opened)
                for key, value in _as_object(rest.pop(name)).items()
            }
    for name, target in (("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")):
        if name in rest:
            out[target] = [_inner(value, place, opened) for value in rest.pop(name)]
    if "items" in rest:
        out["items"] = _inner(rest.pop("items"), f"{place}[]", opened)
    if rest.get("minItems") in (0, 1):
        out["minItems"] = rest.pop("minItems")
    if rest.get("format") in FORMATS:
        out["format"] = rest.pop("format")
    if _is_object(out):
        if _is_open(schema, place):
            opened.append(place or "the schema")
        out.setdefault("properties", {})
        out["additionalProperties"] = False
        required: list[Any] = rest.pop("required", None) or []
        out["required"] = [name for name in required if name in out["properties"]]
        if unknown := [name for name in required if name not in out["properties"]]:
            opened.append(f"{place or 'the schema'}, of which {unknown[0]!r} is required,")
        rest.pop("additionalProperties", None)
    description = [rest.pop("description")] if rest.get("description") else []
    rest.pop("$schema", None)
    if rest:
        description.append(msgspec.json.encode(rest).decode())
    if description:
        out["description"] = "\n\n".join(description)
    return out


def _is_object(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return (
        kind == "object" or "properties" in schema or (isinstance(kind, list) and "object" in kind)
    )


def _is_open(schema: Mapping[str, Any], place: str) -> bool:
    """Whether keys that are not named were allowed on purpose; a tool without parameters is not."""
    if any(schema.get(name) not in (None, False) for name in OPEN):
        return True
    return bool(place) and "properties" not in schema and schema.get("additionalProperties") is None


def _inner(value: Any, place: str, opened: list[str]) -> Any:
    return _enforceable(_as_object(value), place, opened) if isinstance(value, dict) else value


def _is_recursive(schema: Mapping[str, Any]) -> bool:
    """Whether following the references comes back to where it was."""
    named: dict[str, Any] = {}
    for group in ("$defs", "definitions"):
        for name, value in _as_object(schema.get(group)).items():
            named[f"#/{group}/{name}"] = value
    links = {name: _references(value) for name, value in named.items()}
    if "#" in _references(schema):
        return True
    seen: set[str] = set()
    return any(_comes_back(name, links, seen, set()) for name in links)


def _comes_back(name: str, links: Mapping[str, set[str]], seen: set[str], path: set[str]) -> bool:
    if name in path:
        return True
    if name in seen:
        return False
    seen.add(name)
    return any(_comes_back(to, links, seen, {*path, name}) for to in links.get(name, ()))


def _references(schema: Any) -> set[str]:
    found: set[str] = set()
    stack: list[object] = [schema]
    while stack:
        value = stack.pop()
        if isinstance(value, Mapping):
            entries = cast("Mapping[str, Any]", value)
            if isinstance(entries.get("$ref"), str):
                found.add(entries["$ref"])
            stack.extend(entries.values())
        elif isinstance(value, list):
            stack.extend(cast("list[object]", value))
    return found


def _as_object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
