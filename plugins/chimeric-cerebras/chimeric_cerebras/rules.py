"""What Cerebras refuses of a body's fields."""

from __future__ import annotations

from typing import Final

from chimeric_models import Asked, Rules, cut, levels, not_taken, within

__all__ = ["RULES"]

REFERENCE: Final = "Cerebras's API reference"


def _nearest(asked: Asked, effort: str) -> str | None:
    model = asked.model
    if model.startswith(("kimi-k3", "zai-glm-5.3")):
        nearest = {"none": "low", "minimal": "low", "medium": "high", "xhigh": "max"}
        return nearest.get(effort)
    if model.startswith("gpt-oss"):
        return {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}.get(effort)
    return None


RULES: Final = Rules(
    levels(
        _nearest,
        said="an effort that the model does not know",
        models="kimi-k3, zai-glm-5.3 (low, high, max); gpt-oss (low to high)",
        source=f"{REFERENCE}; pydantic-ai and litellm",
    ),
    not_taken(
        *("audio", "function_call", "functions", "metadata", "modalities", "moderation"),
        *("prompt_cache_options", "prompt_cache_retention", "safety_identifier", "store"),
        *("verbosity", "web_search_options"),
        source=f"{REFERENCE} and the request type of its SDK have none",
    ),
    within("temperature", 0, 2, source=REFERENCE),
    cut("stop", 4, what="sequences", source=f"{REFERENCE}: up to 4"),
)
