"""Bodies of Messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_gateway.asked import Asked
from chimeric_gateway.refusal import Refusal
from chimeric_gateway.shapes import is_object

from .fields import Fields, anthropic_words
from .messages_turns import read_system, read_turns

__all__ = ["read_messages_body"]

BUDGETS: Final = ((1024, "minimal"), (2048, "low"), (8192, "medium"), (24576, "high"))
"""Tokens of thinking, and the effort that they come to; above them it is ``xhigh``."""

TOOL: Final = ("name", "description", "input_schema", "strict", "cache_control")
"""What unified form knows of a tool."""

CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}


def read_messages_body(body: Mapping[str, Any]) -> Asked:
    """What a body asks for; it may be one of ``count_tokens``, which has no ``max_tokens``.

    Raises:
        Refusal: 400 where it cannot be read.
    """
    fields = Fields(body, anthropic_words)
    model = fields.text("model")
    if not model:
        raise Refusal(400, "model: Field required", param="model")
    system = read_system(fields.any("system"))
    arguments: dict[str, Any] = {"messages": [*system, *read_turns(fields.any("messages"))]}
    _put(arguments, "max_tokens", fields.integer("max_tokens"))
    _put(arguments, "temperature", fields.number("temperature"))
    _put(arguments, "top_p", fields.number("top_p"))
    _put(arguments, "stop", fields.words("stop_sequences") or None)
    config, thinking = fields.object("output_config"), fields.object("thinking")
    wanted = (config or {}).get("format") or fields.any("output_format")
    _put(arguments, "response_format", _format(wanted))
    _put(arguments, "reasoning_effort", _effort(config or {}, thinking or {}))
    metadata = fields.object("metadata") or {}
    user = metadata.get("user_id")
    _put(arguments, "user", user if isinstance(user, str) and user else None)
    tools, native = _tools(fields.items("tools"))
    choice = fields.object("tool_choice")
    if tools:
        arguments["tools"] = tools
        _choose(arguments, choice or {}, {str(tool["name"]) for tool in tools})
    # What unified form has other words for is still the client's own where protocols are the same.
    worded = {
        "thinking": thinking,
        "output_config": config,
        "metadata": set(metadata) - {"user_id"},
    }
    left_out = (*fields.left(), *(name for name, value in worded.items() if value), *native)
    return Asked(
        protocol="messages",
        model=model,
        stream=bool(fields.flag("stream")),
        arguments=arguments,
        body=dict(body),
        left_out=tuple(name for name in left_out if name != "stream"),
    )


def _put(arguments: dict[str, Any], name: str, value: object) -> None:
    if value is not None:
        arguments[name] = value


def _format(wanted: Any) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if not is_object(wanted) or not is_object(wanted.get("schema")):
        raise anthropic_words("output_config.format.schema", "object", wanted)
    schema = {"name": "response", "schema": wanted["schema"], "strict": True}
    return {"type": "json_schema", "json_schema": schema}


def _effort(config: dict[str, Any], thinking: dict[str, Any]) -> str | None:
    effort = config.get("effort")
    if isinstance(effort, str):
        return effort
    if thinking.get("type") == "disabled":
        return "none"
    budget = thinking.get("budget_tokens")
    if budget is None:
        return None
    if isinstance(budget, bool) or not isinstance(budget, (int, float)):
        raise anthropic_words("thinking.budget_tokens", "integer", budget)
    return next((level for most, level in BUDGETS if budget <= most), "xhigh")


def _tools(given: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """The client's own tools, and what is left out: keys of them, and what Anthropic runs."""
    tools: list[dict[str, Any]] = []
    left_out: list[str] = []
    for place, raw in enumerate(given or ()):
        path = f"tools.{place}"
        if not is_object(raw):
            raise anthropic_words(path, "object", raw)
        tool = dict(raw)
        if tool.get("type") not in (None, "custom"):
            left_out.append(path)
            continue
        tool.pop("type", None)
        name = tool.get("name")
        if not isinstance(name, str) or not name:
            missing = name is None or name == ""
            raise (
                Refusal(400, f"{path}.name: Field required")
                if missing
                else anthropic_words(f"{path}.name", "string", name)
            )
        if not is_object(tool.get("input_schema", {})):
            raise anthropic_words(f"{path}.input_schema", "object", tool["input_schema"])
        left_out += [f"{path}.{key}" for key in tool if key not in TOOL]
        tools.append({key: value for key, value in tool.items() if key in TOOL})
    return tools, left_out


def _choose(arguments: dict[str, Any], choice: dict[str, Any], names: set[str]) -> None:
    if choice.get("disable_parallel_tool_use") is True:
        arguments["parallel_tool_calls"] = False
    kind = choice.get("type")
    if kind is None:
        return
    if kind == "tool":
        name = choice.get("name")
        if not isinstance(name, str) or not name:
            raise Refusal(400, "tool_choice.tool.name: Field required", param="tool_choice")
        if name in names:
            arguments["tool_choice"] = {"type": "tool", "name": name}
    elif isinstance(kind, str) and kind in CHOICES:
        arguments["tool_choice"] = CHOICES[kind]
    else:
        raise Refusal(
            400,
            f"tool_choice: Input tag '{kind}' found using 'type' does not match any of the "
            "expected tags: 'auto', 'any', 'tool', 'none'",
            param="tool_choice",
        )
