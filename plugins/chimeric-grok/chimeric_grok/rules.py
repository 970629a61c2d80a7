"""What xAI refuses of a body's fields; it answers 400 where others ignore."""

from __future__ import annotations

from typing import Final

from chimeric_models import Asked, Rules, effortless, levels, not_taken
from chimeric_responses.rules import RULES as RESPONSES_RULES

__all__ = ["CHAT_RULES", "RULES"]

SEEN: Final = "litellm, pydantic-ai and vercel-ai leave it out; 400"


def _stopless(asked: Asked) -> bool:
    return asked.model.startswith(
        ("grok-3-mini", "grok-4", "grok-code", "grok-build", "grok-latest")
    )


def _is_fixed(asked: Asked) -> bool:
    model = asked.model
    fixed = model == "grok-4" or model.startswith(("grok-4-", "grok-code"))
    return fixed or model.endswith("-reasoning")


def _is_new(asked: Asked) -> bool:
    return asked.model.startswith(("grok-4", "grok-code"))


def _is_reasoning(asked: Asked) -> bool:
    return _stopless(asked) and "non-reasoning" not in asked.model


def _nearest(asked: Asked, effort: str) -> str | None:
    if not asked.model.startswith("grok-3-mini"):
        return None
    return {"minimal": "low", "medium": "high", "xhigh": "high", "max": "high"}.get(effort)


SHARED: Final = Rules(
    effortless(
        models="grok-4, grok-4-*, grok-code*, *-reasoning",
        source=SEEN,
        holds=_is_fixed,
    ),
    levels(
        _nearest,
        said="an effort other than none, low, high",
        models="grok-3-mini",
        source="xAI's guide to reasoning",
    ),
    not_taken("frequency_penalty", models="grok-4*, grok-code*", source=SEEN, holds=_is_new),
    not_taken(
        "presence_penalty",
        models="grok-3-mini, grok-4*, grok-code*, grok-build*, but *-non-reasoning",
        source="xAI's guide to reasoning; 400",
        holds=_is_reasoning,
    ),
)

RULES: Final = Rules(RESPONSES_RULES, SHARED)

CHAT_RULES: Final = Rules(
    SHARED,
    not_taken(
        "stop",
        models="grok-3-mini, grok-4*, grok-code*, grok-build*",
        source=SEEN,
        holds=_stopless,
    ),
    not_taken(
        "search_parameters",
        source="410 Gone: live search has ended; the Responses API has tools for it",
        why="(use the tools `web_search` and `x_search` of the Responses API)",
    ),
)
