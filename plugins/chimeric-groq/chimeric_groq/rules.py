"""What Groq refuses of a body's fields."""

from __future__ import annotations

from typing import Final

from chimeric_models import Asked, Rule, Rules, cut, levels, not_taken, within

__all__ = ["RULES"]

REFERENCE: Final = "Groq's API reference"
OPEN: Final = ("qwen/qwen3", "qwen3", "qwen-qwq")


def _nearest(asked: Asked, effort: str) -> str | None:
    """gpt-oss knows low to high; Qwen 3 knows ``default``, from 3.8 on also the levels."""
    model = asked.model
    if "gpt-oss" in model:
        return {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}.get(effort)
    if model.startswith(OPEN) and "3.8" not in model:
        return None if effort in ("none", "default") else "default"
    return None


def _one_format(asked: Asked) -> str | None:
    if not asked.pop("include_reasoning"):
        return None
    return "include_reasoning: Groq takes it, or reasoning_format, not both; the latter was sent"


def _parsed(asked: Asked) -> str | None:
    kind = asked.object("response_format").get("type")
    beside = asked.body.get("tools") or kind in ("json_object", "json_schema")
    if asked.body["reasoning_format"] != "raw" or not beside:
        return None
    asked.body["reasoning_format"] = "parsed"
    return "reasoning_format='raw': not taken beside tools or JSON; sent as 'parsed'"


RULES: Final = Rules(
    not_taken(
        *("frequency_penalty", "presence_penalty", "logit_bias", "logprobs", "top_logprobs"),
        *("metadata", "store"),
        source=f'{REFERENCE}: "not yet supported by any of our models"',
    ),
    not_taken(
        *("audio", "modalities", "moderation", "prediction", "prompt_cache_key"),
        *("prompt_cache_options", "prompt_cache_retention", "safety_identifier", "verbosity"),
        "web_search_options",
        source=f"{REFERENCE} and the request type of its SDK have none",
    ),
    levels(
        _nearest,
        said="an effort that the model does not know",
        models="gpt-oss (low to high), qwen3 (none, default)",
        source=f"{REFERENCE}; 400 for `none`",
    ),
    Rule(
        said="`include_reasoning` beside `reasoning_format`",
        done="left out",
        how="`reasoning_format` is sent",
        source=f"{REFERENCE}: mutually exclusive",
        on=("include_reasoning",),
        holds=lambda asked: asked.get("reasoning_format") is not None,
        change=_one_format,
    ),
    Rule(
        said="`reasoning_format='raw'` beside tools or JSON",
        done="changed",
        how="`parsed` is sent",
        source="Groq's guide to reasoning",
        on=("reasoning_format",),
        change=_parsed,
    ),
    within("temperature", 0, 2, source=REFERENCE),
    cut("stop", 4, what="sequences", source=f"{REFERENCE}: up to 4"),
)
