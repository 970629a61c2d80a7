"""What a model's family takes for reasoning effort."""

from __future__ import annotations

import re
from typing import Any

import msgspec

LEVELS = ("MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH")

# These take LOW to HIGH only.
NARROW = re.compile(r"gemini-(3(\.\d+)?-pro|3\.[78]-flash|4-argon|4-carbon)")

# Token budgets of Google's own OpenAI-compatible layer.
BUDGETS = {
    "none": 0,
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 24576,
    "max": 24576,
}

LEAST_PRO_BUDGET = 128
"""Gemini 2.5 Pro cannot be kept from thinking."""


class Generation(msgspec.Struct, frozen=True):
    """A model's name, and the number of its generation; None where the name does not tell."""

    model: str
    number: float | None = None

    @classmethod
    def of(cls, model: str) -> Generation:
        """Read a model name. An alias such as ``gemini-flash-latest`` is the newest generation.

        Example:
            >>> Generation.of("models/gemini-2.5-flash").number
            2.5
        """
        model = model.rpartition("/")[2].lower()
        if match := re.match(r"gemini-(\d+(?:\.\d+)?)", model):
            return cls(model, float(match.group(1)))
        return cls(model, float("inf") if re.match(r"gemini-.*latest", model) else None)

    def at_least(self, number: float) -> bool:
        """Whether it is of generation ``number`` or a later one."""
        return self.number is not None and self.number >= number

    def before(self, number: float) -> bool:
        """Whether it is known to be of an earlier generation than ``number``."""
        return self.number is not None and self.number < number


def thinking_config(
    effort: str | None, generation: Generation, dropped: list[str]
) -> dict[str, Any] | None:
    """The ``thinkingConfig`` for a reasoning effort: a level since Gemini 3, a budget for 2.5.

    Summaries are asked for with it, except for ``none``.
    """
    if effort is None:
        return None
    effort = effort.lower()
    if generation.at_least(3):
        level = level_of(effort, generation.model, dropped)
        return {"thinkingLevel": level, **({} if effort == "none" else {"includeThoughts": True})}
    if not generation.at_least(2.5):
        dropped.append(f"reasoning_effort: {generation.model} has no thinking to set")
        return None
    budget = BUDGETS.get(effort)
    if budget is None:
        dropped.append(f"reasoning_effort={effort!r} has no counterpart at {generation.model}")
        return None
    if budget == 0 and "-pro" in generation.model:
        dropped.append(f"{generation.model} always thinks: reasoning_effort='none' is its least")
        budget = LEAST_PRO_BUDGET
    return {"thinkingBudget": budget, **({"includeThoughts": True} if effort != "none" else {})}


def level_of(effort: str, model: str, dropped: list[str]) -> str:
    """The thinking level that is nearest to an effort; ``dropped`` gets what differs."""
    asked = {"none": "MINIMAL", "max": "XHIGH"}.get(effort, effort.upper())
    if asked not in LEVELS:
        return asked  # a level of the future: the provider knows
    level = asked
    if NARROW.match(model):
        level = {"MINIMAL": "LOW", "XHIGH": "HIGH"}.get(asked, asked)
    if level != effort.upper() and effort != "max":
        dropped.append(f"{model} has no reasoning_effort={effort!r}: {level} is used")
    return level
