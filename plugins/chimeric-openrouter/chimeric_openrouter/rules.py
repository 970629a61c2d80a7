"""What the models behind OpenRouter refuse: the tables of their families, told by the name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from chimeric_models import (
    CLAUDE_RULES,
    GPT_RULES,
    SAMPLING,
    Asked,
    Claude,
    Rule,
    Rules,
    not_taken,
    within,
)

__all__ = ["RULES"]

OLD_GEMINI: Final = re.compile(r"~?google/gemini-[12](\D|$)")


def _is_gpt(asked: Asked) -> bool:
    return asked.model.startswith("openai/")


def _of_gpt(rule: Rule) -> Rule:
    own = rule.holds

    def holds(asked: Asked) -> bool:
        return _is_gpt(asked) and (own is None or own(asked))

    return msgspec.structs.replace(rule, models=f"openai/: {rule.models}", holds=holds)


def _thinks(asked: Asked) -> bool:
    reasoning = asked.object("reasoning")
    if not reasoning:
        effort = asked.get("reasoning_effort")
        return effort not in (None, "none") or asked.model.endswith(":thinking")
    return reasoning.get("enabled") is not False and reasoning.get("effort") != "none"


def _as_claude(asked: Asked) -> list[str]:
    """Read Claude's own table, with OpenRouter's words for thinking and tools translated."""
    told: list[str] = []
    kept = {name: asked.body[name] for name in SAMPLING if asked.body.get(name) is not None}
    choice = asked.body.get("tool_choice")
    if choice == "required" or isinstance(choice, Mapping):
        kept["tool_choice"] = {"type": "any"}
    given = set(kept)
    if _thinks(asked):
        kept["thinking"] = {"type": "adaptive" if Claude.of(asked.model).adaptive else "enabled"}
    CLAUDE_RULES.keep(Asked(asked.model, kept, asked.service), told)
    for name in given:
        if name in kept and name != "tool_choice":
            asked.body[name] = kept[name]
        elif name not in kept:
            del asked.body[name]
    return told


def _tools_or_a_format(asked: Asked) -> str | None:
    if asked.object("response_format").get("type", "text") == "text" or not asked.body.get("tools"):
        return None
    del asked.body["response_format"]
    return (
        f"{asked.model} takes no response format beside tools: the format is not sent; ask for it "
        "in the prompt, or use Gemini 3"
    )


RULES: Final = Rules(
    Rule(
        said="sampling and forced tools that Claude refuses",
        models="anthropic/: as at Anthropic",
        done="left out",
        source="the table of Anthropic",
        on=(*SAMPLING, "tool_choice"),
        holds=lambda asked: "anthropic/" in asked.model,
        change=_as_claude,
    ),
    map(_of_gpt, GPT_RULES),
    Rule(
        said="tools beside a response format",
        models="google/: Gemini before 3",
        done="left out",
        how="the format is left out",
        source="the table of Google",
        on=("response_format",),
        holds=lambda asked: OLD_GEMINI.match(asked.model) is not None,
        change=_tools_or_a_format,
    ),
    within("temperature", 0, 2, source="OpenRouter's API reference"),
    not_taken(
        *("functions", "function_call", "store", "prompt_cache_retention", "safety_identifier"),
        source="neither the request type of OpenRouter's SDK nor its guides have it",
    ),
)
