"""What Bedrock refuses in OpenAI's forms, besides what OpenAI's models refuse anywhere."""

from __future__ import annotations

from typing import Any, Final

from chimeric_models import GPT_RULES, Asked, Rule, Rules, not_taken
from chimeric_responses.rules import RULES as RESPONSES_RULES

__all__ = ["CHAT_RULES", "RULES"]


def _is_grok(asked: Asked) -> bool:
    return asked.model.startswith("grok-")


def _is_open(asked: Asked) -> bool:
    return asked.model.startswith("gpt-oss")


OTHERS: Final[tuple[Rule, ...]] = (
    not_taken(
        "stop",
        models="grok-*",
        source='400 "doesn\'t support the stopSequences field"',
        holds=_is_grok,
    ),
    not_taken(
        *("frequency_penalty", "presence_penalty"),
        models="grok-*",
        source="they are answered with 503 (litellm leaves them out)",
        holds=_is_grok,
    ),
    not_taken(
        "logit_bias", models="gpt-oss-*", source="400 (litellm leaves it out)", holds=_is_open
    ),
)

CHAT_RULES: Final = Rules(GPT_RULES, *OTHERS)

RULES: Final = Rules(RESPONSES_RULES, GPT_RULES, *OTHERS)


def auto_choice(body: dict[str, Any], dropped: list[str]) -> None:
    """Mantle's Responses take no other ``tool_choice`` than ``auto`` under ``/v1``."""
    choice = body.get("tool_choice")
    if choice not in (None, "auto", "none"):
        body["tool_choice"] = "auto"
        dropped.append("tool_choice: Mantle takes `auto` alone for this model")
