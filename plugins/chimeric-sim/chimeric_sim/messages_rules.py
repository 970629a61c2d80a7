"""The body of Anthropic Messages, read and judged as the service does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .memory import Memory
from .messages_history import History, bad
from .prompts import Offer, Prompt, Turn
from .shapes import child, is_array, is_object

__all__ = ["read_prompt"]

_KNOWN = frozenset(
    [
        "cache_control",
        "container",
        "context_management",
        "diagnostics",
        "fallbacks",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user_profile_id",
        "sim",
    ]
)
_SAMPLING = ("temperature", "top_p", "top_k")
_NEWER = re.compile(r"claude-(?:opus-4-[78]|opus-5|sonnet-5|haiku-5|fable|mythos)")
_UNFORCED = re.compile(r"claude-(?:fable-5-[12]|mythos-5-[12]|opus-5-5|sonnet-5-5)")
_WITH_SYSTEM_TURNS = re.compile(r"claude-(?:opus-4-8|opus-5|fable-5|mythos-5)")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


def read_prompt(
    body: dict[str, Any], version: str, behaviour: Callable[[str], str], memory: Memory
) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400 or 404.
    """
    for key in ("model", "messages", "max_tokens"):
        if body.get(key) is None:
            raise bad(key, "Field required")
    for key in body:
        if key not in _KNOWN:
            raise bad(key, "Extra inputs are not permitted")
    model = body["model"]
    if not isinstance(model, str):
        raise bad("model", "Input should be a valid string")
    doing = behaviour(model)
    _check_numbers(body, model, version)
    offers = _read_tools(body.get("tools"))
    choice, parallel = _read_choice(body.get("tool_choice"), offers)
    thinking = _read_thinking(body)
    if thinking == "enabled" and choice not in ("auto", "none"):
        raise bad("", "Thinking may not be enabled when tool_choice forces tool use.")
    if _UNFORCED.search(model) and choice not in ("auto", "none"):
        raise bad("", "tool_choice: this model does not support forcing the use of a tool.")
    if _NEWER.search(model) and thinking == "enabled":
        word = "Use `thinking.type.adaptive` and `output_config.effort` to control thinking."
        raise bad("", f'"thinking.type.enabled" is not supported for this model. {word}')
    turns = _system_turns(body.get("system"))
    history = History(memory, version, with_system=bool(_WITH_SYSTEM_TURNS.search(model)))
    turns += history.read(body["messages"])
    if turns[-1].role == "assistant" and _NEWER.search(model):
        word = "The conversation must end with a user message."
        raise bad("", f"This model does not support assistant message prefill. {word}")
    return Prompt(
        model=model,
        behaviour=doing,
        turns=turns,
        offers=offers,
        choice=choice,
        parallel=parallel,
        max_tokens=body["max_tokens"],
        stop=tuple(body.get("stop_sequences") or ()),
        schema=_read_format(body),
        thinking=None if thinking is None else thinking != "disabled",
        plans=True,
        stream=body.get("stream") is True,
        options={"visible": child(body, "thinking").get("display") != "omitted"},
    )


def _check_numbers(body: dict[str, Any], model: str, version: str) -> None:
    limit = body["max_tokens"]
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise bad("max_tokens", "Input should be a valid integer")
    if limit < 1:
        raise bad("max_tokens", "Input should be greater than or equal to 1")
    if body.get("stream") is not None and not isinstance(body["stream"], bool):
        raise bad("stream", "Input should be a valid boolean")
    for key in _SAMPLING:
        value = body.get(key)
        if value is None:
            continue
        if version >= "2026-10-21":
            raise bad(key, "Extra inputs are not permitted")
        if _NEWER.search(model):
            raise bad("", f"`{key}` is not supported by this model.")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise bad(key, "Input should be a valid number")
        if key != "top_k" and not 0 <= value <= 1:
            word = "less than or equal to 1" if value > 1 else "greater than or equal to 0"
            raise bad(key, f"Input should be {word}")


def _read_thinking(body: dict[str, Any]) -> str | None:
    thinking = body.get("thinking")
    if thinking is None:
        return None
    kind = thinking.get("type") if is_object(thinking) else None
    if kind not in ("enabled", "disabled", "adaptive", "between_tools"):
        raise bad("thinking.type", "Input should be 'enabled', 'disabled' or 'adaptive'")
    if kind == "enabled":
        budget = thinking.get("budget_tokens")
        if not isinstance(budget, int):
            raise bad("thinking.enabled.budget_tokens", "Field required")
        if budget < 1024:
            word = "Input should be greater than or equal to 1024"
            raise bad("thinking.enabled.budget_tokens", word)
        if budget >= body["max_tokens"]:
            raise bad("", "`max_tokens` must be greater than `thinking.budget_tokens`.")
    return str(kind)


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = child(body, "output_config").get("format")
    if wanted is None:
        return None
    schema = wanted.get("schema")
    if wanted.get("type") != "json_schema" or not is_object(schema):
        raise bad("output_config.format.schema", "Field required")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        word = "For 'object' type, 'additionalProperties' must be explicitly set to false"
        raise bad("output_config.format.schema", word)
    return schema


def _read_tools(tools: Any) -> tuple[Offer, ...]:
    if tools is None:
        return ()
    if not is_array(tools):
        raise bad("tools", "Input should be a valid list")
    offers: list[Offer] = []
    for index, tool in enumerate(tools):
        if tool.get("type", "custom") not in ("custom", None):
            continue
        place = f"tools.{index}.custom"
        name = tool.get("name")
        if not isinstance(name, str):
            raise bad(f"{place}.name", "Field required")
        if not _TOOL_NAME.fullmatch(name):
            raise bad(f"{place}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
        schema = tool.get("input_schema")
        if not is_object(schema):
            raise bad(f"{place}.input_schema", "Field required")
        if schema.get("type") != "object":
            raise bad(f"{place}.input_schema.type", "Input should be 'object'")
        if name in [offer.name for offer in offers]:
            raise bad("tools", "Tool names must be unique.")
        offers.append(Offer(name, schema))
    return tuple(offers)


def _read_choice(choice: Any, offers: tuple[Offer, ...]) -> tuple[str, bool]:
    if choice is None:
        return "auto", True
    kind = choice.get("type") if is_object(choice) else None
    if kind not in ("auto", "any", "tool", "none"):
        raise bad("tool_choice", "Input should be 'auto', 'any', 'tool' or 'none'")
    if not offers and kind != "none":
        raise bad("tool_choice", "may only be specified while providing tools")
    parallel = choice.get("disable_parallel_tool_use") is not True
    if kind != "tool":
        return "required" if kind == "any" else str(kind), parallel
    name = choice.get("name")
    if name not in [offer.name for offer in offers]:
        raise bad("", f"Tool '{name}' not found in provided tools")
    return str(name), parallel


def _system_turns(system: Any) -> list[Turn]:
    if system is None:
        return []
    if isinstance(system, str):
        return [Turn("system", system)] if system else []
    if not is_array(system):
        raise bad("system", "Input should be a valid string")
    for index, block in enumerate(system):
        if block.get("type") != "text":
            raise bad(f"system.{index}.type", "Input should be 'text'")
        if not (block.get("text") or "").strip():
            raise bad("", f"system.{index}: text content blocks must contain non-whitespace text")
    return [Turn("system", "".join(block["text"] for block in system))]
