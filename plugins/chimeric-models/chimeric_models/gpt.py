"""What OpenAI's models take, read from their names: reasoning, effort, sampling.

Azure, OpenRouter and others have the same models, with or without ``openai/`` before the name.
"""

from __future__ import annotations

import re
from typing import Final

from .effort import effort_of, effortless, levels
from .offered import OBJECTS_ONLY, tool_names
from .rules import Asked, Rules, cut, not_taken, within

__all__ = ["GPT_RULES", "is_reasoning", "reasons", "sets_cache_points", "system_role"]

REASONING: Final = re.compile(r"o\d|gpt-([5-9]|\d\d)|codex-")
PLAIN: Final = re.compile(r"gpt-[34]|chatgpt-")

RESTING: Final = re.compile(r"gpt-5\.[1-4](?!\d)")
"""Families that reason only where an effort is asked for; all others do unless it is ``none``."""

RESTLESS: Final = re.compile(r"o\d|gpt-5(-mini|-nano)?(-20\d\d.*)?$|gpt-6-astra|gpt-6\.1-sol")
"""Families that refuse the effort ``none``."""

CACHING: Final = re.compile(r"gpt-(5\.[6-9]|[6-9]|\d\d)(?!\d)")
"""Families with cache points on parts (OpenAI's guide to prompt caching)."""

FIRST: Final = re.compile(r"gpt-5(-mini|-nano)?(-20\d\d.*)?$")
O_SERIES: Final = re.compile(r"o\d")

GUIDE: Final = 'OpenAI\'s guide to reasoning; 400 "Unsupported parameter"'


def reasons(model: str) -> bool | None:
    """Whether a model reasons; None where its name does not tell.

    Example:
        >>> reasons("gpt-5.4"), reasons("ft:gpt-4o:acme"), reasons("gpt-5-chat-latest")
        (True, False, None)
    """
    name = _bare(model)
    if "gpt-oss" in name:
        return None
    if REASONING.match(name):
        return None if "-chat" in name else True
    return False if PLAIN.match(name) else None


def sets_cache_points(model: str) -> bool:
    """Whether a part may have a ``prompt_cache_breakpoint``: from gpt-5.6 on.

    Example:
        >>> sets_cache_points("gpt-5.6-sol"), sets_cache_points("gpt-5.4")
        (True, False)
    """
    return CACHING.match(_bare(model)) is not None


def system_role(model: str) -> str:
    """The role of instructions in chat completions: reasoning models take ``developer``."""
    return "developer" if reasons(model) else "system"


def is_reasoning(asked: Asked) -> bool:
    """Whether the model reasons in this answer: some do only where they are asked to."""
    if not reasons(asked.model):
        return False
    effort = effort_of(asked)
    if effort is None:
        return not RESTING.match(_bare(asked.model))
    return bool(effort != "none")


def _bare(model: str) -> str:
    return model.removeprefix("openai/").removeprefix("ft:")


def _nearest(asked: Asked, effort: str) -> str | None:
    name = _bare(asked.model)
    if effort == "none" and RESTLESS.match(name):
        return "minimal" if FIRST.match(name) else "low"
    if effort == "minimal" and O_SERIES.match(name):
        return "low"
    if effort in ("xhigh", "max") and (FIRST.match(name) or O_SERIES.match(name)):
        return "high"
    return None


GPT_RULES: Final = Rules(
    effortless(
        models="gpt-3 to gpt-4.x, chatgpt-*",
        source=GUIDE,
        holds=lambda asked: reasons(asked.model) is False,
    ),
    levels(
        _nearest,
        said="an effort that the model does not know",
        models="o-series (low to high), gpt-5 (minimal to high); `none`: gpt-6-astra, gpt-6.1-sol",
        source="the model pages",
    ),
    not_taken(
        *("temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias"),
        *("logprobs", "top_logprobs"),
        models="o-series, gpt-5 and later, while they reason (5.1 to 5.4: only with an effort)",
        source='OpenAI\'s guide to reasoning, "temperature, top_p and logprobs"',
        holds=is_reasoning,
        why="while it reasons",
    ),
    not_taken(
        "stop",
        models="o3 and later",
        source="400 \"'stop' is not supported with this model\"",
        holds=lambda asked: bool(reasons(asked.model)) and _bare(asked.model)[:2] != "o1",
    ),
    within("temperature", 0, 2, source="the API's reference"),
    within("top_p", 0, 1, source="the API's reference"),
    within("logprobs", 0, 20, source="the API's reference"),
    within("top_logprobs", 0, 20, source="the API's reference"),
    cut("stop", 4, what="sequences", source="the API's reference: up to 4"),
    OBJECTS_ONLY,
    tool_names(64, source="the API's reference, `function.name`"),
)
"""One table for every service that has the model, and for both of OpenAI's APIs."""
