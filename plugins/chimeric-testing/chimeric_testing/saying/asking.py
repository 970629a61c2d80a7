"""The parameters of a call, alone and in odd combinations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chimeric import ResponseFormat, ToolName

from .speaker import Speaker
from .tools import schema

__all__ = ["params"]

TOLD = {
    "temperature": ("temperature",),
    "top_p": ("top_p", "topp"),
    "max_tokens": ("max_tokens", "tokens"),
    "seed": ("seed",),
    "stop": ("stop",),
    "reasoning_effort": ("effort", "reasoning", "thinking"),
    "parallel_tool_calls": ("parallel",),
    "tool_choice": ("tool_choice", "choice", "forced", "force"),
    "response_format": ("response_format", "schema", "json", "format", "enforced"),
}
"""What a warning that tells of a parameter says."""


def params(speaker: Speaker, names: list[str]) -> dict[str, Any]:
    """Parameters; ``names``: of the tools that are offered."""
    asked: dict[str, Any] = {}
    if speaker.maybe(0.4):
        asked.update(_sampling(speaker))
    if names and speaker.maybe(0.35):
        asked["tool_choice"] = choice(speaker, names[0])
    if names and speaker.maybe(0.15):
        parallel = speaker.one_of(True, False)
        if "disable_parallel_tool_use" not in repr(asked):
            asked["parallel_tool_calls"] = parallel
    if speaker.maybe(0.2):
        asked["response_format"] = _format(speaker)
    if speaker.maybe(0.2):
        asked["reasoning_effort"] = speaker.one_of("low", "medium", "high", "none", "minimal")
    if speaker.maybe(0.05):
        speaker.open = True
        mark = speaker.mark("body")
        speaker.leaf("parameter", mark)
        asked["extra_body"] = {"x_unknown": speaker.one_of(mark, {"deep": [mark]})}
    return asked


def _sampling(speaker: Speaker) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    fraction = speaker.chance.randint(100_001, 899_999)
    if speaker.maybe(0.6):
        asked["temperature"] = float(f"{speaker.chance.randint(0, 1)}.{fraction}")
    if speaker.maybe(0.4):
        asked["top_p"] = float(f"0.{fraction // 2}")
    if speaker.maybe(0.4):
        asked["max_tokens"] = speaker.chance.randint(5_000, 7_999)
    if speaker.maybe(0.3):
        asked["seed"] = speaker.chance.randint(1_000_000, 9_999_999)
    for name, value in asked.items():
        speaker.leaf("parameter", repr(value), told=TOLD[name])
    if speaker.maybe(0.3):
        count = speaker.one_of(1, 2, 4, 5, 6)
        stops = [speaker.word("parameter", told=TOLD["stop"]) for _ in range(count)]
        asked["stop"] = stops[0] if count == 1 and speaker.maybe(0.5) else stops
    return asked


CHOICES: tuple[Callable[[str], Any], ...] = (
    lambda name: "auto",
    lambda name: "none",
    lambda name: "required",
    lambda name: name,
    lambda name: ToolName(name),
    lambda name: "ANY",
    lambda name: "REQUIRED",
    lambda name: "NONE",
    lambda name: {"type": "function", "function": {"name": name}},
    lambda name: {"type": "function", "name": name},
    lambda name: {"type": "auto"},
    lambda name: {"type": "any"},
    lambda name: {"type": "tool", "name": name},
    lambda name: {"type": "auto", "disable_parallel_tool_use": True},
    lambda name: {"type": "any", "disable_parallel_tool_use": True},
    lambda name: {"mode": "ANY"},
    lambda name: {"mode": "NONE"},
    lambda name: {"functionCallingConfig": {"mode": "ANY"}},
    lambda name: {"function_calling_config": {"mode": "AUTO"}},
    lambda name: {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [name]}},
    lambda name: {"auto": {}},
    lambda name: {"any": {}},
    lambda name: {"tool": {"name": name}},
    lambda name: {"type": "none"},
    lambda name: {"type": "custom", "custom": {"name": name}},
    lambda name: {"type": "allowed_tools", "mode": "auto", "tools": [{"name": name}]},
)


def choice(speaker: Speaker, name: str) -> Any:
    """A tool choice in any form."""
    return speaker.one_of(*CHOICES)(name)


def meaning(choice: Any) -> str | None:
    """``auto``, ``none``, ``required`` or a tool's name, whatever form a choice has.

    None for none, and for one whose meaning is not one of these.
    """
    if choice is None:
        return None
    if isinstance(choice, ToolName):
        return choice.name
    words = {"any": "required", "required": "required", "auto": "auto", "none": "none"}
    if isinstance(choice, str):
        return words.get(choice.lower(), choice)
    if choice.get("type") == "allowed_tools":
        return None
    inner = choice.get("functionCallingConfig") or choice.get("function_calling_config") or choice
    named = inner.get("function") or inner.get("tool") or inner.get("custom") or inner
    names = inner.get("allowedFunctionNames") or [named.get("name")]
    if names[0]:
        return str(names[0])
    word = inner.get("mode") or inner.get("type") or next(iter(inner))
    return words.get(str(word).lower())


def _format(speaker: Speaker) -> Any:
    def of_json(speaker: Speaker) -> Any:
        strict = {"strict": True} if speaker.maybe(0.6) else {}
        return {"name": "answer", "schema": _told_schema(speaker), **strict}

    forms: tuple[Callable[[], Any], ...] = (
        lambda: {"type": "json_object"},
        lambda: {"type": "text"},
        lambda: {"type": "json_schema", "json_schema": of_json(speaker)},
        lambda: {"type": "json_schema", **of_json(speaker)},
        lambda: _told_schema(speaker),
        lambda: ResponseFormat(schema=_told_schema(speaker), strict=speaker.maybe(0.5)),
        lambda: _type(speaker),
    )
    return speaker.one_of(*forms)()


def _told_schema(speaker: Speaker) -> dict[str, Any]:
    """A schema whose loss may be told: not every model takes one."""
    before = len(speaker.leaves)
    made = schema(speaker)
    for place in range(before, len(speaker.leaves)):
        leaf = speaker.leaves[place]
        speaker.leaves[place] = msgspec.structs.replace(leaf, told=TOLD["response_format"])
    return made


def _type(speaker: Speaker) -> Any:
    mark = speaker.word("schema", told=TOLD["response_format"])
    field = (mark.strip().replace("-", "_"), str)
    speaker.leaves.pop()
    speaker.leaf("schema", field[0], told=TOLD["response_format"])
    return msgspec.defstruct("Answer", [field])
