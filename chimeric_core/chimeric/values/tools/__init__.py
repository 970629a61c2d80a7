"""Tools that a model may call: a name, a description, a JSON schema, and perhaps a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

__all__ = ["Tool"]

EMPTY_SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as providers see it, and the function behind it.

    Attributes:
        name: what the model calls it.
        description: what it does, for the model to read.
        parameters: JSON schema of its arguments; always an object schema.
        strict: whether the provider shall enforce the schema; None for its default.
        function: what runs when it is called; None for a tool that the caller runs.
        native: a tool in the provider's own form (web search, ...), sent as it is.
        extra: other keys of a tool that was given as a dict, such as ``cache_control``: they are
            sent where the provider's form has them, else a ``TranslationWarning`` names them.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = msgspec.field(default_factory=EMPTY_SCHEMA.copy)
    strict: bool | None = None
    function: Callable[..., Any] | None = None
    native: Mapping[str, Any] | None = None
    extra: Mapping[str, Any] | None = None

    @classmethod
    def from_function(
        cls,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        description: str | None = None,
        strict: bool | None = None,
    ) -> Tool:
        """Make a tool of a function: schema from its type hints, texts from its docstring.

        A parameter annotated ``Context`` gets the call's context; the model does not see it.

        Raises:
            ToolRegistrationError: when a parameter has no JSON form; the text names it.
        """
        from chimeric.schema.function_schema import function_schema
        from chimeric.values.context import Context

        schema = function_schema(function, name=name, description=description, given=Context)
        return cls(
            name=schema.name,
            description=schema.description,
            parameters=schema.parameters,
            strict=strict,
            function=function,
        )

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Tool:
        """Read a tool definition in any provider's form; unknown forms are passed on as native."""
        from .forms import tool_of

        return tool_of(cls, value)
