"""Tools in every form that people write them in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from chimeric import Tool
from chimeric_testing.recorded import is_array, is_object

from .speaker import Speaker

__all__ = ["schema", "tools"]


def tools(speaker: Speaker, names: list[str], *, gemini: bool = True) -> list[Any]:
    """A tool of each of these names, and now and then one of a service's own.

    Without ``gemini`` none is in the form that only the plugin of Google reads.
    """
    forms = [form for form in FORMS if gemini or form is not _gemini]
    made = [speaker.one_of(*forms)(speaker, name) for name in names]
    if made and speaker.maybe(0.05):
        speaker.open = True
        kind = speaker.one_of("web_search", "web_search_20250305", "code_interpreter")
        speaker.leaf("key", kind, told=(kind, "chosen one is offered"))
        made.append({"type": kind, "name": "web_search"} if "2025" in kind else {"type": kind})
    return made


# --- schemas -----------------------------------------------------------------------------------


def schema(speaker: Speaker) -> dict[str, Any]:
    """A schema of an object, with words at any depth of it."""
    if speaker.maybe(0.05):
        return speaker.one_of({"type": "object"}, {"type": "object", "additionalProperties": False})
    properties: dict[str, Any] = {"q": {"type": "string", "description": _word(speaker)}}
    for number in range(speaker.chance.randint(0, 3)):
        properties[f"p{number}"] = _property(speaker, 0)
    made: dict[str, Any] = {"type": "object", "properties": properties}
    if speaker.maybe(0.7):
        made["required"] = ["q"] if speaker.maybe(0.7) else list(properties)
    if speaker.maybe(0.3):
        made["additionalProperties"] = False
    if speaker.maybe(0.15):
        key = speaker.one_of("$defs", "definitions")
        made[key] = {"Thing": _object(speaker, 1)}
        properties["thing"] = {"$ref": f"#/{key}/Thing"}
        if speaker.maybe(0.2):
            made[key]["Thing"]["properties"]["next"] = {"$ref": f"#/{key}/Thing"}
    if speaker.maybe(0.1):
        made["description"] = _word(speaker)
    return made


def _word(speaker: Speaker) -> str:
    return speaker.word("schema", told=("offered",))


def _object(speaker: Speaker, depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "description": _word(speaker)}
    if speaker.maybe(0.8):
        made["properties"] = {"inner": _property(speaker, depth + 1)}
    elif speaker.maybe(0.5):
        made["additionalProperties"] = {"type": "string", "description": _word(speaker)}
    made.setdefault("properties", {})
    return made


def _limited(speaker: Speaker, depth: int) -> dict[str, Any]:
    return {"type": "string", **speaker.one_of(*LIMITS), "description": _word(speaker)}


LIMITS: tuple[dict[str, Any], ...] = (
    {"minLength": 2},
    {"pattern": "^[a-z]+$"},
    {"pattern": "^(?!x)"},
    {"format": "date-time"},
)


def _number(speaker: Speaker, depth: int) -> dict[str, Any]:
    kind = speaker.one_of("integer", "number")
    return {"type": kind, "minimum": 1, "description": _word(speaker), "default": 3}


def _enum(speaker: Speaker, depth: int) -> dict[str, Any]:
    return {"type": "string", "enum": [_word(speaker), _word(speaker)]}


def _list(speaker: Speaker, depth: int) -> dict[str, Any]:
    limit = {"minItems": 1} if speaker.maybe(0.3) else {}
    return {"type": "array", "items": _property(speaker, depth + 1), **limit}


def _either(speaker: Speaker, depth: int) -> dict[str, Any]:
    return {"anyOf": [_property(speaker, depth + 1), {"type": "null"}]}


PROPERTIES: tuple[Callable[[Speaker, int], dict[str, Any]], ...] = (
    _limited,
    _number,
    _enum,
    _list,
    _either,
    _object,
)


def _property(speaker: Speaker, depth: int) -> dict[str, Any]:
    if depth > 2:
        return {"type": "boolean", "description": _word(speaker)}
    return speaker.one_of(*PROPERTIES)(speaker, depth)


def _capitals(value: Any) -> Any:
    """A schema as Gemini's own form has it."""
    if is_object(value):
        upper: dict[str, Any] = {name: _capitals(inner) for name, inner in value.items()}
        if isinstance(upper.get("type"), str):
            upper["type"] = upper["type"].upper()
        return upper
    return [_capitals(item) for item in value] if is_array(value) else value


# --- forms -------------------------------------------------------------------------------------


def _head(speaker: Speaker, name: str) -> dict[str, Any]:
    return {"name": name, "description": _word(speaker)}


def _nested(speaker: Speaker, name: str) -> Any:
    function = {**_head(speaker, name), "parameters": schema(speaker), **speaker.more()}
    if speaker.maybe(0.2):
        function["strict"] = speaker.one_of(True, False, None)
    return {"type": "function", "function": function, **speaker.more("cache_control")}


def _flat(speaker: Speaker, name: str) -> Any:
    tool = {"type": "function", **_head(speaker, name), "parameters": schema(speaker)}
    if speaker.maybe(0.2):
        tool["strict"] = True
    return {**tool, **speaker.more("defer_loading", "allowed_callers")}


def _anthropic(speaker: Speaker, name: str) -> Any:
    kind = {"type": "custom"} if speaker.maybe(0.2) else {}
    own = speaker.more("cache_control", "input_examples")
    return {**kind, **_head(speaker, name), "input_schema": schema(speaker), **own}


def _mcp(speaker: Speaker, name: str) -> Any:
    told = {"title": "Find", "annotations": {"readOnlyHint": True}, "_meta": {"a": 1}}
    return {**_head(speaker, name), "inputSchema": schema(speaker), **told}


def _bedrock(speaker: Speaker, name: str) -> Any:
    body = {**_head(speaker, name), "inputSchema": {"json": schema(speaker)}}
    if speaker.maybe(0.2):
        body["strict"] = True
    return {"toolSpec": body}


def _gemini(speaker: Speaker, name: str) -> Any:
    key = speaker.one_of("functionDeclarations", "function_declarations")
    if speaker.maybe(0.3):
        names = ("parametersJsonSchema", "parameters_json_schema")
        return {key: [{**_head(speaker, name), speaker.one_of(*names): schema(speaker)}]}
    return {key: [{**_head(speaker, name), "parameters": _capitals(schema(speaker))}]}


def _own(speaker: Speaker, name: str) -> Any:
    strict = speaker.one_of(None, None, True, False)
    return Tool(**_head(speaker, name), parameters=schema(speaker), strict=strict)


def _function(speaker: Speaker, name: str) -> Any:
    note: Any = _word(speaker)
    city: Any = Annotated[str, msgspec.Meta(description=note)]
    if speaker.maybe(0.5):
        city = Annotated[str, note]
    place: Any = msgspec.defstruct("Place", [("city", city), ("zip", list[city], [])])
    if speaker.maybe(0.5):
        place = dataclasses.make_dataclass("Place", [("city", city), ("zip", list[city])])

    def find(q: str, place: Any = None) -> str:
        return q

    find.__name__ = name
    find.__doc__ = f"{_word(speaker)}\n\nArgs:\n    q: {_word(speaker)}"
    find.__annotations__ = {"q": str, "place": place, "return": str}
    return find


FORMS: tuple[Callable[[Speaker, str], Any], ...] = (
    _nested,
    _flat,
    _anthropic,
    _mcp,
    _bedrock,
    _gemini,
    _own,
    _function,
)
