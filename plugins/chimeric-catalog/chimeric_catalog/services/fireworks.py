"""Fireworks AI: open models.

Sources: Fireworks' own SDK, LiteLLM and the Vercel AI SDK.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

__all__ = ["ENTRY"]


def _one_control(asked: Asked) -> str | None:
    if not asked.pop("reasoning_effort"):
        return None
    return "reasoning_effort: Fireworks takes it, or thinking, not both; the latter was sent"


@cache
def rules() -> Rules:
    """What Fireworks refuses."""
    from chimeric_models import Rule, Rules, levels, not_taken

    return Rules(
        not_taken(
            *("audio", "modalities", "prompt_cache_retention", "safety_identifier", "store"),
            *("verbosity", "web_search_options"),
            source="a 400 for fields that the request type of Fireworks' SDK does not have",
        ),
        Rule(
            said="`reasoning_effort` beside `thinking`",
            done="left out",
            how="`thinking` is sent",
            source="a 400 (LiteLLM)",
            on=("reasoning_effort",),
            holds=lambda asked: asked.get("thinking") is not None,
            change=_one_control,
        ),
        levels(
            lambda asked, effort: {"minimal": "low", "xhigh": "high", "max": "high"}.get(effort),
            said="efforts but `none`, `low`, `medium`, `high`",
            models="all",
            source="the Vercel AI SDK, Fireworks' own SDK",
        ),
    )


ENTRY = Entry(
    name="fireworks",
    title="Fireworks AI",
    base_url="https://api.fireworks.ai/inference/v1",
    aliases=("fireworks_ai", "fireworksai"),
    keys=("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY"),
    urls=("FIREWORKS_API_BASE",),
    models=("accounts/*/models/*", "accounts/*/routers/*"),
    sample="accounts/fireworks/models/glm-5p3",
    dialect=ChatDialect(
        keys=(),  # unknown fields are a 400, and a message has no name
        parts=("video_url",),
        reasoning_field="reasoning_content",
        rules=rules,
        metadata=("service_tier", "system_fingerprint", "perf_metrics"),
    ),
    params=(
        *("thinking", "reasoning_history", "context_length_exceeded_behavior", "top_k", "min_p"),
        *("prompt_truncate_len", "repetition_penalty", "mirostat_lr", "mirostat_target"),
        *("raw_output", "perf_metrics_in_response", "ignore_eos", "speculation"),
    ),
    advice={
        404: (
            "a model that is listed need not be deployed; its name is "
            "accounts/fireworks/models/NAME, with p for a dot"
        )
    },
    notes=(
        "Names are paths: `accounts/fireworks/models/glm-5p3`, with `p` for a dot.",
        "A model that is listed need not be deployed: a call may be a 404.",
        "`reasoning_effort` or `thinking`, not both; `minimal` is sent as `low`, `xhigh` and "
        "`max` as `high`.",
        "Unknown fields are refused.",
    ),
)
