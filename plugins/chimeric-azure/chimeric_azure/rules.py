"""What the models behind deployments refuse: the tables of their families."""

from __future__ import annotations

from typing import Final

from chimeric_models import GPT_RULES, Asked, Rules, inlining, not_taken
from chimeric_responses.rules import RULES as RESPONSES_RULES

__all__ = ["CHAT_RULES", "OTHERS_RULES", "RULES"]

GROK: Final = ("grok-3-mini", "grok-4", "grok-code")
"""Models of xAI that reason, and refuse stop sequences then."""


def _is_reasoning_grok(asked: Asked) -> bool:
    name = asked.model.lower()
    return name.startswith(GROK) and "non-reasoning" not in name


def _is_grok(asked: Asked) -> bool:
    return asked.model.lower().startswith("grok")


GROK_SCHEMAS: Final = inlining(
    models="grok-*", source="tool schemas with `$ref` are refused (pydantic-ai)", holds=_is_grok
)

RULES: Final = Rules(RESPONSES_RULES, GPT_RULES, GROK_SCHEMAS)

CHAT_RULES: Final = Rules(
    GPT_RULES,
    not_taken("top_k", source='400 "Unrecognized request argument supplied: top_k"'),
)

OTHERS_RULES: Final = Rules(
    not_taken(
        "stop",
        models="grok-3-mini, grok-4*, grok-code*, but *-non-reasoning",
        source="pydantic-ai and vercel-ai leave it out",
        holds=_is_reasoning_grok,
    ),
    GROK_SCHEMAS,
)
