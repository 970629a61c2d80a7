"""What Mistral refuses of a body's fields."""

from __future__ import annotations

from typing import Final

from chimeric_models import Asked, Rule, Rules, not_taken

__all__ = ["RULES"]


def _greedy(asked: Asked) -> str | None:
    if asked.get("temperature") != 0 or asked.body["top_p"] in (None, 1):
        return None
    given = asked.body.pop("top_p")
    return f"top_p={given}: with temperature=0 Mistral takes 1 only; it was left out"


RULES: Final = Rules(
    Rule(
        said="`top_p` beside `temperature=0`",
        done="left out",
        how="`top_p` is left out",
        source='400 "top_p must be 1 when using greedy sampling."',
        on=("top_p",),
        change=_greedy,
    ),
    not_taken(
        *("user", "store", "logit_bias", "max_completion_tokens", "audio", "function_call"),
        *("functions", "modalities", "moderation", "prompt_cache_options"),
        *("prompt_cache_retention", "safety_identifier", "stream_options", "verbosity"),
        "web_search_options",
        source='the API\'s reference has none; 422 "Extra inputs are not permitted"',
    ),
)
