"""The arguments of ``generate`` made into a ``Request``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.messages import MessageInput, normalize_messages
from chimeric.values.requests import Request, ToolChoice, ToolName
from chimeric.values.tools import Tool, as_tool

__all__ = ["as_count", "make_request"]

PLAIN = ("temperature", "top_p", "max_tokens", "seed", "parallel_tool_calls", "reasoning_effort")


def make_request(
    model: str,
    messages: MessageInput,
    *,
    stream: bool,
    native: bool,
    provider: str | None,
    tools: Iterable[Any] | None,
    registered: Iterable[Tool],
    params: Mapping[str, Any],
) -> Request:
    """Check and normalise the arguments of one call.

    Raises:
        ConfigurationError: for a value that cannot be meant; the text names the parameter.
        ToolRegistrationError: for a tool that cannot be one, or two of one name.
    """
    rest = {name: value for name, value in params.items() if value is not None}
    known: dict[str, Any] = {name: rest.pop(name) for name in PLAIN if name in rest}
    return Request(
        model=model,
        messages=normalize_messages(messages),
        stream=stream,
        native=native,
        provider=provider,
        tools=_tools(tools, registered),
        stop=_stop(rest.pop("stop", ())),
        tool_choice=_tool_choice(rest.pop("tool_choice", None)),
        response_format=_format(rest.pop("response_format", None)),
        max_turns=_max_turns(rest.pop("max_turns", 10)),
        extra_headers=_mapping("extra_headers", rest.pop("extra_headers", {})),
        extra_body=_mapping("extra_body", rest.pop("extra_body", {})),
        extra=rest,
        options=rest,
        **known,
    )


def _tools(given: Iterable[Any] | None, registered: Iterable[Tool]) -> tuple[Tool, ...]:
    by_name: dict[str, Tool] = {tool.name: tool for tool in registered}
    own: dict[str, Tool] = {}
    for value in given or ():
        tool = as_tool(value)
        if tool.name in own:
            raise ConfigurationError(f"two tools are named {tool.name!r}; give one another name")
        own[tool.name] = tool
    return tuple({**by_name, **own}.values())


def _stop(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if is_iterable(value):
        items = tuple(value)
        if all(isinstance(item, str) for item in items):
            return items
    raise ConfigurationError(f"stop must be a string or a list of strings, not {value!r}")


def _tool_choice(value: Any) -> ToolChoice | None:
    if value is None or isinstance(value, ToolName):
        return value
    if value in ("auto", "none", "required"):
        return cast("ToolChoice", value)
    if value == "any":
        return "required"
    if isinstance(value, str):
        return ToolName(value)
    if is_mapping(value):
        inner: Any = value.get("function") or value
        name = inner.get("name") if is_mapping(inner) else None
        if name:
            return ToolName(str(name))
        if value.get("type") in ("auto", "none", "any", "required"):
            return _tool_choice(value["type"])
    raise ConfigurationError(
        f"tool_choice must be 'auto', 'none', 'required' or a tool's name, not {value!r}"
    )


def _format(value: Any) -> Any:
    if value is None:
        return None
    from chimeric.exchange.structured_output import response_format

    return response_format(value)


def _max_turns(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"max_turns must be a number of rounds from 0, not {value!r}")
    return value


def as_count(name: str, value: Any) -> int:
    """A number from 0 on.

    Raises:
        ConfigurationError: for anything else; the text names the parameter.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"{name} must be a number from 0, not {value!r}")
    return value


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{name} must be a dict, not {type(value).__name__}")
    return cast("Mapping[str, Any]", value)
