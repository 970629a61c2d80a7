"""What OpenAI refuses of a body's fields: one table for each of its two APIs."""

from __future__ import annotations

from typing import Final

from chimeric_models import GPT_RULES, Asked, Rule, Rules, not_taken
from chimeric_responses.rules import RULES as RESPONSES_RULES

__all__ = ["CHAT_RULES", "RULES"]

LEAST_TOKENS: Final = 16


def _least_tokens(asked: Asked) -> str | None:
    value = asked.body.get("max_output_tokens")
    if not isinstance(value, int) or value >= LEAST_TOKENS:
        return None
    asked.body["max_output_tokens"] = LEAST_TOKENS
    return f"max_tokens={value}: the Responses API takes no less than {LEAST_TOKENS}, which is sent"


RULES: Final = Rules(
    RESPONSES_RULES,
    GPT_RULES,
    not_taken(
        *("frequency_penalty", "presence_penalty", "logit_bias", "n"),
        source='the API\'s reference has none; 400 "Unknown parameter"',
    ),
    Rule(
        said=f"`max_tokens` below {LEAST_TOKENS}",
        done="changed",
        how=f"{LEAST_TOKENS} is sent",
        source="400 \"Invalid 'max_output_tokens': integer below minimum value\"",
        on=("max_output_tokens",),
        change=_least_tokens,
    ),
)

CHAT_RULES: Final = Rules(GPT_RULES)
