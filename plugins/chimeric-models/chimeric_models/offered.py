"""Schemas that are no schemas, and names that no tool can have, found before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, cast
from urllib.parse import unquote

from chimeric import ConfigurationError, Tool, ToolRegistrationError

from .rules import Asked, Rule

__all__ = ["OBJECTS_ONLY", "check_format", "check_tool", "tool_names"]

TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")
NAMED: Final = ("properties", "$defs", "definitions", "patternProperties")
LISTED: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
ONE: Final = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
ELSEWHERE: Final = (*LISTED, "$ref", "if", "patternProperties")
CHILDREN: Final = frozenset((*NAMED, *LISTED, *ONE))


def check_tool(tool: Tool) -> None:
    """Look for what is no JSON schema in the parameters of a tool.

    Servers answer 400 to it, or 500, or let the model guess; the words seldom say where it is.

    Raises:
        ToolRegistrationError: for a ``$ref`` to what is not in the schema, an unknown type, and
            properties, items or choices that are no schemas; the text names the tool and the place,
            and what was meant, if something is like it.

    Example:
        >>> check_tool(Tool(name="f", parameters={"properties": {"a": {"type": "strng"}}}))
        Traceback (most recent call last):
        ...
        chimeric.errors.ToolRegistrationError: the tool 'f': properties.a has the unknown type \
'strng' (did you mean 'string'?)
    """
    if tool.native is None and (fault := _fault(tool.parameters)):
        raise ToolRegistrationError(f"the tool {tool.name!r}: {fault}")


def check_format(schema: Mapping[str, Any] | None) -> None:
    """The same for the schema of a response format.

    Raises:
        ConfigurationError: as ``check_tool`` does.
    """
    if schema is not None and (fault := _fault(schema)):
        raise ConfigurationError(f"response_format: {fault}")


def _fault(schema: Mapping[str, Any]) -> str | None:
    try:
        return _at(schema, "", schema)
    except RecursionError:
        return "the schema holds itself, or is too deep"


def _at(node: Any, place: str, root: Mapping[str, Any]) -> str | None:
    """What is wrong with a part of a schema, or None."""
    if node is True or node is False:
        return None
    where = place or "the schema"
    if not isinstance(node, (dict, Mapping)):
        return f"{where} must be a schema, not {node!r:.80}"
    part = cast("Mapping[str, Any]", node)
    if "$ref" in part and (fault := _reference(part["$ref"], root)):
        return f"{where} {fault}"
    if part.get("type", "object") not in TYPES and (fault := _type(part["type"])):
        return f"{where} {fault}"
    if "required" in part and (fault := _required(part)):
        return f"required of {where} {fault}"
    for key, child in part.items():
        if key in CHILDREN:
            below = f"{place}.{key}" if place else key
            if fault := _below(key, child, below, root):
                return fault
    return None


def _required(part: Mapping[str, Any]) -> str | None:
    """What is wrong with the names that are required: one that is almost a property's is a slip."""
    if not isinstance(part["required"], (list, tuple)):
        return f"must be a list of names, not {part['required']!r:.80}"
    if not all(isinstance(name, str) for name in cast("list[Any]", part["required"])):
        return f"must be a list of names, not {part['required']!r:.80}"
    if any(key in part for key in ELSEWHERE) or part.get("additionalProperties"):
        return None  # the property may be told there
    known = _mapped(part.get("properties"))
    unknown = [name for name in cast("list[Any]", part["required"]) if name not in known]
    for name in unknown[:3]:  # comparing them with thousands takes time
        if near := get_close_matches(name, map(str, known), 1, 0.7):
            return f"names {name!r}, which is no property (did you mean {near[0]!r}?)"
    return None


def _below(key: str, child: Any, place: str, root: Mapping[str, Any]) -> str | None:
    if key in NAMED:
        if not isinstance(child, Mapping):
            return f"{place} must be a dict of schemas, not {child!r:.80}"
        named = cast("Mapping[str, Any]", child)
        if odd := [name for name in named if not isinstance(name, str)]:  # pyright: ignore[reportUnnecessaryIsInstance]
            return f"{place} has the key {odd[0]!r}, which is no name"
        faults = (_at(inner, f"{place}.{name}", root) for name, inner in named.items())
        return next(filter(None, faults), None)
    if isinstance(child, (list, tuple)) and (key in LISTED or key == "items"):
        listed = cast("list[Any]", child)
        faults = (_at(inner, f"{place}[{number}]", root) for number, inner in enumerate(listed))
        return next(filter(None, faults), None)
    if key in LISTED:
        return f"{place} must be a list of schemas, not {child!r:.80}"
    return None if child is None else _at(child, place, root)


def _type(told: Any) -> str | None:
    kinds = cast("list[Any]", told) if isinstance(told, (list, tuple)) else [told]
    for kind in kinds:
        # Gemini's own form has capitals, and a type that is not specified.
        if str(kind).lower() not in (*TYPES, "type_unspecified"):
            return f"has the unknown type {kind!r}{_meant(str(kind), TYPES)}"
    return None


def _reference(told: Any, root: Mapping[str, Any]) -> str | None:
    """What is wrong with a reference; what lies elsewhere is left to who can fetch it."""
    if isinstance(told, str) and (told == "#" or "://" in told or _leads(told, root)):
        return None
    known = [
        f"#/{group}/{name}"
        for group in ("$defs", "definitions", "properties")
        for name in _mapped(root.get(group))
    ]
    return f"refers to {told!r}, which is not in the schema{_meant(str(told), known)}"


def _leads(told: str, root: Mapping[str, Any]) -> bool:
    if not told.startswith("#/"):
        # Names of their own (``$anchor``, ``$id``) may stand anywhere.
        return "'$anchor'" in (text := repr(root)) or "'$id'" in text
    at: Any = root
    for step in unquote(told[2:]).split("/"):
        name, items = step.replace("~1", "/").replace("~0", "~"), _listed(at)
        if name in (named := _mapped(at)):
            at = named[name]
        elif name.isdigit() and int(name) < len(items):
            at = items[int(name)]
        else:
            return False
    return True


def _meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), 1, 0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def tool_names(most: int, *, source: str, on: str = "tools", inside: str = "") -> Rule:
    """A row for names of tools, which have letters, digits, ``_`` and ``-``, and so many of them.

    One wrong name fails the whole request, and a changed one would not be the caller's.

    Args:
        most: the longest name, in characters.
        source: where the fact comes from.
        on: the body's field that has the tools.
        inside: the key of that field's object that has them, where it is no list.

    Example:
        >>> body = {"tools": [{"name": "my tool!"}]}
        >>> tool_names(64, source="-").keep(Asked("m", body, "acme"))
        Traceback (most recent call last):
        ...
        chimeric.errors.ConfigurationError: acme takes no tool named 'my tool!': a name has at \
most 64 letters, digits, '_' and '-' ('my_tool_' would do)
    """
    taken = re.compile(rf"[a-zA-Z0-9_-]{{1,{most}}}")

    def change(asked: Asked) -> None:
        for tool in _listed(asked.object(on).get(inside) if inside else asked.get(on)):
            name = _name(tool)
            if not isinstance(name, str) or taken.fullmatch(name):
                continue
            like = re.sub(r"[^a-zA-Z0-9_-]+", "_", name)[:most]
            raise ConfigurationError(
                f"{asked.service} takes no tool named {name!r:.90}: a name has at most {most} "
                f"letters, digits, '_' and '-' ({like!r:.70} would do)"
            )

    return Rule(
        said=f"a tool's name with other characters than letters, digits, `_`, `-`, or over {most}",
        done="refused",
        source=source,
        on=(on,),
        change=change,
    )


def _listed(value: Any) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else []


def _mapped(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _name(tool: Any) -> Any:
    told = _mapped(tool)
    return _mapped(told.get("function", told.get("toolSpec", told))).get("name")


def _object_only(asked: Asked) -> None:
    told = asked.object("response_format").get("json_schema") or asked.object("text").get("format")
    kind = _mapped(_mapped(told).get("schema")).get("type", "object")
    if kind != "object":
        raise ConfigurationError(
            f"response_format: {asked.service} enforces schemas of objects alone, and this one is "
            f"of {kind!r}: put it into a property of an object"
        )


OBJECTS_ONLY: Final = Rule(
    said="a response format with a schema of something else than an object",
    done="refused",
    source='400 "schema must be a JSON Schema of \'type: "object"\'"',
    on=("response_format", "text"),
    change=_object_only,
)
"""A row for services that answer with objects alone."""
