"""Tools in the forms that callers pass: functions, and the dicts of any provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric.errors import ToolRegistrationError
from chimeric.values.tools import EMPTY_SCHEMA, Tool

__all__ = ["as_tool", "tool_of"]


def tool_of(cls: type[Tool], value: Mapping[str, Any]) -> Tool:
    """A tool from a provider's definition; unknown forms are passed on as native."""
    inner = value.get("function")
    body: Mapping[str, Any] = (
        cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else value
    )
    kind = value.get("type", "function")
    name = body.get("name")
    if kind not in ("function", "custom") or not name or "format" in body:
        label = name or kind
        return cls(name=str(label), native=dict(value))
    schema = body.get("parameters") or body.get("input_schema") or body.get("parametersJsonSchema")
    return cls(
        name=str(name),
        description=str(body.get("description") or ""),
        parameters=schema or EMPTY_SCHEMA,
        strict=body.get("strict"),
    )


def as_tool(value: object) -> Tool:
    """Bring a ``Tool``, a function or a dict into a ``Tool``.

    Raises:
        ToolRegistrationError: for anything else.
    """
    if isinstance(value, Tool):
        return value
    if isinstance(value, Mapping):
        return Tool.from_dict(cast("Mapping[str, Any]", value))
    if callable(value):
        return Tool.from_function(value)
    raise ToolRegistrationError(
        f"a tool must be a function, a Tool or a dict, not {type(value).__name__}"
    )
