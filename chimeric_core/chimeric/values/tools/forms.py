"""Tools in the forms that callers pass: functions, and the dicts of any provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from chimeric.errors import ToolRegistrationError
from chimeric.nearest import nearest
from chimeric.schema.type_guards import is_array, is_mapping
from chimeric.values.extras.keys import Keys, check_slips
from chimeric.values.messages import ReadForeign
from chimeric.values.tools import EMPTY_SCHEMA, Tool

__all__ = ["as_tool", "as_tools", "tool_of"]


SCHEMAS = (
    *("parameters", "input_schema", "inputSchema"),
    *("parametersJsonSchema", "parameters_json_schema"),
)
"""What the schema of the arguments is called: by OpenAI, Anthropic, MCP and Bedrock, Gemini."""

OWN = ("type", "name", "function", "toolSpec")
"""Keys one of which a tool has in the forms that are read here, or that have a type."""

TOLD_NOBODY = ("title", "annotations", "outputSchema", "icons", "_meta", "execution")
"""What an MCP server says of its tools to a client, and not to a model."""


def tool_of(cls: type[Tool], value: Mapping[str, Any]) -> Tool:
    """A tool from a definition in any provider's form; unknown forms are passed on as native.

    Raises:
        ToolRegistrationError: when what looks like the schema has a name that nobody knows.
    """
    inner = value.get("function", value.get("toolSpec"))
    body = cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else value
    kind = value.get("type", "function")
    name = body.get("name")
    if name == "":
        raise ToolRegistrationError("a tool needs a name, and has an empty one")
    if not name:
        check_slips(value, (*OWN, "functionDeclarations"), "a tool", ToolRegistrationError)
    if kind not in ("function", "custom") or not name or "format" in body:
        label = name or kind
        return cls(name=str(label), native=dict(value))
    keys = Keys(body)
    keys.take("name")
    description, strict = keys.take("description"), keys.take("strict")
    schema: Any = keys.take(*SCHEMAS)
    if body is not value:
        outer = Keys(value)
        outer.take("function", "toolSpec")
        rest = {**(keys.rest("type", *TOLD_NOBODY) or {}), **(outer.rest("type") or {})}
    else:
        rest = keys.rest("type", *TOLD_NOBODY) or {}
    if rest:
        check_slips(rest, ("description", "strict"), f"the tool {name!r}", ToolRegistrationError)
    if not schema:
        _check_no_schema_is_lost(str(name), rest)
    if is_mapping(schema) and set(schema) == {"json"}:
        schema = schema["json"]  # Bedrock's wrapping
    return cls(
        name=str(name),
        description=str(description or ""),
        parameters=_in_lower_case(schema) if schema else EMPTY_SCHEMA,
        strict=strict,
        extra=rest or None,
    )


def _check_no_schema_is_lost(name: str, rest: Mapping[str, Any]) -> None:
    for key, value in rest.items():
        if isinstance(value, Mapping) and nearest(key, (*SCHEMAS, "schema", "args_schema")):
            raise ToolRegistrationError(
                f"the tool {name!r} has no schema of its arguments that is known here, but "
                f"{key!r}; call it 'parameters'"
            )


def _in_lower_case(schema: Any) -> Any:
    """A schema with the types of JSON Schema: Gemini writes them in capitals."""
    if is_mapping(schema):
        kind = schema.get("type")
        lowered = {name: _in_lower_case(value) for name, value in schema.items()}
        if isinstance(kind, str) and kind.lower() in TYPES:
            lowered["type"] = kind.lower()
        return lowered
    if is_array(schema):
        return [_in_lower_case(item) for item in schema]
    return schema


TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")


def _with_an_object(tool: Tool) -> Tool:
    """The tool with an object as its schema, of which servers want to see the properties.

    Raises:
        ToolRegistrationError: when the schema is none, or of something that is no object.
    """
    schema = tool.parameters
    is_schema = isinstance(schema, Mapping)
    given = schema.get("properties", {}) if is_schema else None
    if tool.native is not None or (
        given and isinstance(given, dict) and schema.get("type") == "object"
    ):
        return tool
    if is_schema and not isinstance(given, Mapping):
        raise ToolRegistrationError(f"the properties of the tool {tool.name!r} must be a dict")
    if not is_schema or schema.get("type", "object") != "object":
        told = schema.get("type") if isinstance(schema, Mapping) else type(schema).__name__
        raise ToolRegistrationError(
            f"the schema of the tool {tool.name!r} must be of an object, not of {told!r}"
        )
    if schema.keys() & {"$ref", "anyOf", "oneOf", "allOf"}:
        return tool
    return msgspec.structs.replace(tool, parameters={**EMPTY_SCHEMA, **schema})


def as_tools(value: object, foreign: ReadForeign | None = None) -> tuple[Tool, ...]:
    """The tools of one value; a dict in the form of some provider may hold several.

    Raises:
        ToolRegistrationError: for a value that is none.
    """
    if foreign is not None and is_mapping(value) and not value.keys() & OWN:
        found: tuple[Tool, ...] | None = foreign("tool", value, ())
        if found is not None:
            return tuple(map(_with_an_object, found))
    return (as_tool(value),)


def as_tool(value: object) -> Tool:
    """Bring a ``Tool``, a function or a dict into a ``Tool``.

    Raises:
        ToolRegistrationError: for anything else.
    """
    if isinstance(value, Tool):
        return _with_an_object(value)
    if isinstance(value, Mapping):
        try:
            return _with_an_object(Tool.from_dict(cast("Mapping[str, Any]", value)))
        except RecursionError:
            raise ToolRegistrationError("a tool's schema contains itself or is too deep") from None
    if callable(value):
        return Tool.from_function(value)
    raise ToolRegistrationError(
        f"a tool must be a function, a Tool or a dict, not {type(value).__name__}"
    )
