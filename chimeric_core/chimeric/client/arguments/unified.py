"""The parameters that all providers know, and the tools of a call, checked and normalised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast

from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.requests import ToolChoice, ToolName
from chimeric.values.tools import Tool
from chimeric.values.tools.forms import as_tool

__all__ = ["offer", "take_known"]

PLAIN = ("temperature", "top_p", "max_tokens", "seed", "parallel_tool_calls", "reasoning_effort")


def take_known(params: dict[str, Any]) -> dict[str, Any]:
    """Take the parameters that all providers know out of those of a call.

    Raises:
        ConfigurationError: for a value that cannot be meant; the text names the parameter.
    """
    known: dict[str, Any] = {name: params.pop(name) for name in PLAIN if name in params}
    for name, read in READERS.items():
        if name in params:
            known[name] = read(params.pop(name))
    return known


def offer(given: Iterable[Any], registered: Iterable[Tool]) -> tuple[Tool, ...]:
    """The tools of a call, those that it brings in the place of registered ones of their names."""
    by_name: dict[str, Tool] = {tool.name: tool for tool in registered}
    own: dict[str, Tool] = {}
    for value in given:
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


def _tool_choice(value: Any) -> ToolChoice:
    if isinstance(value, ToolName):
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
    from chimeric.exchange.structured_output import response_format

    return response_format(value)


def _max_turns(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"max_turns must be a number of rounds from 0, not {value!r}")
    return value


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not is_mapping(value):
        raise ConfigurationError(f"{name} must be a dict, not {type(value).__name__}")
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "stop": _stop,
    "tool_choice": _tool_choice,
    "response_format": _format,
    "max_turns": _max_turns,
    "extra_headers": partial(_mapping, "extra_headers"),
    "extra_body": partial(_mapping, "extra_body"),
}
"""How each is read that is not passed on as it is, in the order in which faults are told."""
