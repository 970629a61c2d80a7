"""Tool choices as dicts, in the forms of OpenAI, Anthropic, Gemini and Bedrock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric.errors import ConfigurationError
from chimeric.schema.type_guards import is_mapping
from chimeric.values.extras.keys import Keys
from chimeric.values.requests import ToolChoice, ToolName

__all__ = ["choice_of"]

WORDS: dict[str, ToolChoice] = {
    "auto": "auto",
    "none": "none",
    "any": "required",
    "required": "required",
}
NAMED = ("tool", "function", "custom")


def choice_of(given: Mapping[str, Any]) -> tuple[ToolChoice, bool, Any]:
    """The choice, whether calls may not be parallel (Anthropic's switch), and the only tools.

    Raises:
        ConfigurationError: for a dict that is none of these forms, or a key that none of them has.
    """
    keys = Keys(given)
    inner = keys.take("functionCallingConfig", "function_calling_config", "allowed_tools")
    if is_mapping(inner):
        rest, keys = keys.rest("type"), Keys(inner)
        if rest:
            raise _unknown(given, next(iter(rest)))
    one_call = bool(keys.take("disable_parallel_tool_use"))
    allowed: Any = keys.take("allowedFunctionNames", "allowed_function_names", "tools")
    choice = _named(keys) or _word(keys) or _bedrock(keys)
    if choice is None:
        raise ConfigurationError(
            f"tool_choice must be 'auto', 'none', 'required' or a tool's name, not {given!r}"
        )
    if rest := keys.rest("type"):
        raise _unknown(given, next(iter(rest)))
    if allowed and not issubclass(type(allowed), (list, tuple)):
        raise ConfigurationError(f"tool_choice allows {allowed!r}, which is not a list of tools")
    if allowed and len(allowed) == 1 and choice == "required" and isinstance(allowed[0], str):
        return ToolName(allowed[0]), one_call, None
    return choice, one_call, allowed


def _named(keys: Keys) -> ToolName | None:
    """``{"name"}``, ``{"function": {"name"}}`` (OpenAI), ``{"tool": {"name"}}`` (Bedrock)."""
    name = keys.take("name")
    for wrapper in NAMED:
        inner = keys.take(wrapper)
        if is_mapping(inner):
            name = inner.get("name") or name
    return ToolName(str(name)) if name else None


def _word(keys: Keys) -> ToolChoice | None:
    """``{"type": "any"}`` (Anthropic) and ``{"mode": "ANY"}`` (Gemini)."""
    return WORDS.get(str(keys.take("mode", "type") or "").lower())


def _bedrock(keys: Keys) -> ToolChoice | None:
    """``{"auto": {}}``, ``{"any": {}}``."""
    for word in ("auto", "any"):
        if is_mapping(keys.take(word)):
            return WORDS[word]
    return None


def _unknown(given: Mapping[str, Any], key: str) -> ConfigurationError:
    return ConfigurationError(
        f"tool_choice has the key {key!r}, which is not part of any known form of a choice: "
        f"{dict(given)!r}"
    )
