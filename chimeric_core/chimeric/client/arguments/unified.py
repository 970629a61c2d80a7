"""The parameters that all providers know, and the tools of a call, checked and normalised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, cast

from chimeric.client.params import as_count
from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_iterable, is_mapping
from chimeric.values.messages import ReadForeign
from chimeric.values.requests import ToolChoice, ToolName
from chimeric.values.tools import Tool
from chimeric.values.tools.forms import as_tools

__all__ = ["offer", "take_known"]

PLAIN = ("temperature", "top_p", "max_tokens", "seed", "parallel_tool_calls", "reasoning_effort")


def take_known(params: dict[str, Any]) -> dict[str, Any]:
    """Take the parameters that all providers know out of those of a call.

    Raises:
        ConfigurationError: for a value that cannot be meant; the text names the parameter.
    """
    known: dict[str, Any] = {name: params.pop(name) for name in PLAIN if name in params}
    for name, value in known.items():
        if not isinstance(value, str if name == "reasoning_effort" else (int, float)):
            raise ConfigurationError(f"{name} cannot be {value!r:.80}")
        known[name] = value.lower() if isinstance(value, str) and value.isupper() else value
    for name, read in READERS.items():
        if name in params:
            value = params.pop(name)
            known[name] = read(value)
            if name == "tool_choice" and is_mapping(value):
                from .choices import choice_of  # rare

                _, one_call, allowed = choice_of(value)
                if one_call:
                    known.setdefault("parallel_tool_calls", False)
                if allowed:  # not every provider has it: theirs is to say it
                    params["allowed_tools"] = allowed
    return known


def offer(
    given: Iterable[Any], registered: Iterable[Tool], foreign: ReadForeign | None = None
) -> tuple[Tool, ...]:
    """The tools of a call, those that it brings in the place of registered ones of their names."""
    if isinstance(given, Mapping):
        given = [cast("Mapping[str, Any]", given)]
    if not is_iterable(given):
        raise ConfigurationError(f"tools must be a list of tools, not {given!r:.80}")
    by_name: dict[str, Tool] = {tool.name: tool for tool in registered}
    own: dict[str, Tool] = {}
    for value in given:
        for tool in as_tools(value, foreign):
            if tool.name in own:
                raise ConfigurationError(
                    f"two tools are named {tool.name!r}; give one another name"
                )
            own[tool.name] = tool
    return tuple({**by_name, **own}.values())


def _stop(value: Any) -> tuple[str, ...]:
    given: Any = (value,) if isinstance(value, str) else value
    items: tuple[Any, ...] = tuple(given) if is_iterable(given) else (None,)
    if all(isinstance(item, str) for item in items):
        return items
    raise ConfigurationError(f"stop must be a string or a list of strings, not {value!r}")


def _tool_choice(value: Any) -> ToolChoice:
    if isinstance(value, ToolName):
        return value
    if isinstance(value, str):
        word = value.lower() if value.isupper() else value
        return _WORDS.get(word) or ToolName(value)
    if is_mapping(value):
        from .choices import choice_of  # rare

        return choice_of(value)[0]
    raise ConfigurationError(
        f"tool_choice must be 'auto', 'none', 'required' or a tool's name, not {value!r}"
    )


_WORDS: dict[str, ToolChoice] = {
    "auto": "auto",
    "none": "none",
    "required": "required",
    "any": "required",
}


def _format(value: Any) -> Any:
    from chimeric.exchange.structured_output import response_format

    return response_format(value)


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if not is_mapping(value):
        raise ConfigurationError(f"{name} must be a dict, not {type(value).__name__}")
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "stop": _stop,
    "tool_choice": _tool_choice,
    "response_format": _format,
    "max_turns": partial(as_count, "max_turns"),
    "extra_headers": partial(_mapping, "extra_headers"),
    "extra_body": partial(_mapping, "extra_body"),
}
"""How each is read that is not passed on as it is, in the order in which faults are told."""
