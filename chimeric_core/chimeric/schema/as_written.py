"""What a type says and its JSON schema does not: texts inside of it, and the order of choices.

A model reads the texts, and fills keys and weighs choices in the order in which they stand.
"""

from __future__ import annotations

import contextlib
import enum
import types
from collections.abc import Iterable, Mapping
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from .json_schema import JSONSchema

__all__ = ["annotated_text", "as_written"]

UNIONS: Final = (Union, types.UnionType)
NAMES: Final = {str: "string", int: "integer", float: "number", bool: "boolean", bytes: "string"}
COLLECTIONS: Final[tuple[Any, ...]] = (list, tuple, set, frozenset, dict)
DEFINITIONS: Final = "#/$defs/"


def annotated_text(hint: Any) -> str | None:
    """The text of ``Annotated[str, "text"]`` and of anything there with a description."""
    if get_origin(hint) is not Annotated:
        return None
    for note in hint.__metadata__:
        text = note if isinstance(note, str) else getattr(note, "description", None)
        if isinstance(text, str):
            return text
    return None


def as_written(hint: Any, schema: JSONSchema, definitions: Mapping[str, JSONSchema]) -> None:
    """Put the texts of ``hint`` into its schema, and keys and choices into their order.

    Example:
        >>> schema = {"type": "array", "items": {"enum": ["a", "b"]}}
        >>> as_written(list[Annotated[Literal["b", "a"], "a letter"]], schema, {})
        >>> schema
        {'type': 'array', 'items': {'enum': ['b', 'a'], 'description': 'a letter'}}
    """
    _Writer(definitions).write(hint, schema)


class _Writer:
    def __init__(self, definitions: Mapping[str, JSONSchema]) -> None:
        self._definitions = definitions
        self._seen: set[tuple[int, int]] = set()

    def write(self, hint: Any, node: object) -> None:
        if not isinstance(node, dict):
            return
        schema: JSONSchema = node  # pyright: ignore[reportUnknownVariableType]
        text = annotated_text(hint)
        if text and "description" not in schema:
            schema["description"] = text
        origin, parts = get_origin(hint), get_args(hint)
        if origin in (Annotated, Required, NotRequired):
            self.write(parts[0], schema)
        elif origin is Literal:
            _order_choices(schema, parts)
        elif origin in UNIONS:
            self._write_union(parts, schema)
        elif hasattr(hint, "__supertype__"):
            self.write(hint.__supertype__, schema)
        elif isinstance(kind := origin or hint, type):
            self._write_class(kind, parts, schema)

    def _write_union(self, parts: Iterable[Any], schema: JSONSchema) -> None:
        options: list[Any] = schema.get("anyOf") or schema.get("oneOf") or []
        for part in parts:
            fitting = [option for option in options if self._fits(part, option)]
            if len(fitting) == 1:
                self.write(part, fitting[0])

    def _fits(self, hint: Any, option: JSONSchema) -> bool:
        while get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        kind: Any = get_origin(hint) or hint
        if kind is Literal:
            return set(map(str, get_args(hint))) == set(map(str, option.get("enum", ())))
        if kind in NAMES:
            return bool(option.get("type") == NAMES[kind])
        name = str(option.get("$ref", "")).removeprefix(DEFINITIONS)
        if kind in COLLECTIONS:
            return bool(option.get("type") == ("object" if kind is dict else "array"))
        if not isinstance(kind, type):
            return False
        title = self._definitions.get(name, option).get("title", name)
        return str(title).partition("[")[0] == kind.__name__

    def _write_class(self, kind: type[Any], parts: tuple[Any, ...], schema: JSONSchema) -> None:
        name = str(schema.get("$ref", "")).removeprefix(DEFINITIONS)
        schema = self._definitions.get(name, schema)
        key = (id(kind), id(schema))
        if key in self._seen:
            return
        self._seen.add(key)
        if issubclass(kind, enum.Enum):
            _order_choices(schema, [member.value for member in kind])
        elif _is_own(kind):
            with contextlib.suppress(Exception):  # what matters here has been resolved before
                self._write_fields(kind, get_type_hints(kind, include_extras=True), schema)
        elif issubclass(kind, dict):
            self.write(parts[1] if len(parts) == 2 else Any, schema.get("additionalProperties"))
        elif issubclass(kind, tuple) and parts[-1:] != (...,):
            for part, item in zip(parts, schema.get("prefixItems", ()), strict=False):
                self.write(part, item)
        elif parts:
            self.write(parts[0], schema.get("items"))

    def _write_fields(self, kind: type[Any], hints: Mapping[str, Any], schema: JSONSchema) -> None:
        properties = schema.get("properties")
        if properties is None:  # a named tuple is a list
            for hint, item in zip(hints.values(), schema.get("prefixItems", ()), strict=False):
                self.write(hint, item)
            return
        named = _wire_names(kind)
        for name, hint in hints.items():
            self.write(hint, properties.get(named.get(name, name)))
        if is_typeddict(kind) and properties.keys() == hints.keys():
            schema["properties"] = {name: properties[name] for name in hints}
            required = schema.get("required", ())
            schema["required"] = [name for name in hints if name in required]


def _is_own(kind: type[Any]) -> bool:
    """Whether it is a class with fields of its own."""
    return kind.__module__ != "builtins" and hasattr(kind, "__annotations__")


def _wire_names(kind: Any) -> dict[str, str]:
    """What the fields of a class are called in JSON, where that is another name."""
    named: dict[str, str] = {}
    if hasattr(kind, "__struct_encode_fields__"):
        named = dict(zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True))
    for name, field in getattr(kind, "__pydantic_fields__", {}).items():
        alias = getattr(field, "validation_alias", None) or getattr(field, "alias", None)
        if isinstance(alias, str):
            named[name] = alias
    return named


def _order_choices(schema: JSONSchema, choices: Iterable[Any]) -> None:
    listed: list[Any] = list(schema.get("enum", ()))
    order = [_identity(choice) for choice in choices]
    if listed and all(_identity(choice) in order for choice in listed):
        schema["enum"] = sorted(listed, key=lambda choice: order.index(_identity(choice)))


def _identity(choice: Any) -> tuple[str, Any]:
    """A choice, of which 1 and True are two."""
    return type(choice).__name__, choice
