"""Together AI: open models.

Sources: Together's own SDK, LiteLLM and pydantic-ai.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

__all__ = ["ENTRY"]


def _nearest(asked: Asked, effort: str) -> str | None:
    model = asked.model.lower()
    if "gpt-oss" in model:
        return {"none": "low", "minimal": "low", "xhigh": "high", "max": "high"}.get(effort)
    if "deepseek-v4-pro" in model and effort != "none":
        return {"xhigh": "max", "max": "max"}.get(effort, "high")
    return None


def _off(asked: Asked) -> str | None:
    """Hybrid models are switched off by an object of its own."""
    if asked.get("reasoning_effort") == "none" and "gpt-oss" not in asked.model:
        asked.pop("reasoning_effort")
        asked.body.setdefault("reasoning", {"enabled": False})
    return None


def _alternatives(asked: Asked) -> str | None:
    """A number says both: whether, and how many."""
    wanted, top = asked.body["logprobs"], asked.body.pop("top_logprobs", None)
    if wanted is False:
        del asked.body["logprobs"]
    elif wanted is True:
        asked.body["logprobs"] = max(int(top or 0), 1)
    return None


@cache
def rules() -> Rules:
    """What models at Together refuse."""
    from chimeric_models import Rule, Rules, levels

    from chimeric_catalog.controls import easier_choice

    return Rules(
        Rule(
            said="`logprobs` with `top_logprobs`",
            done="changed",
            how="sent as one number in `logprobs`",
            source="the request type of Together's SDK",
            on=("logprobs",),
            change=_alternatives,
        ),
        Rule(
            said="`reasoning_effort='none'`",
            models="all but gpt-oss, which cannot be switched off",
            done="changed",
            how="sent as `reasoning={'enabled': False}`",
            source="LiteLLM",
            on=("reasoning_effort",),
            change=_off,
        ),
        levels(
            _nearest,
            said="an effort that the model does not know",
            models="gpt-oss (low to high), DeepSeek-V4-Pro (high, max)",
            source="LiteLLM",
        ),
        easier_choice(
            models="DeepSeek V4",
            source="pydantic-ai",
            holds=lambda asked: "deepseek-v4" in asked.model.lower(),
        ),
    )


ENTRY = Entry(
    name="together",
    title="Together AI",
    base_url="https://api.together.xyz/v1",
    aliases=("togetherai", "together_ai"),
    keys=("TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"),
    urls=("TOGETHER_AI_API_BASE", "TOGETHER_API_BASE"),
    audio=True,
    dialect=ChatDialect(
        counted_logprobs=True,
        reasoning_field="reasoning_content",
        rules=rules,
        metadata=("service_tier", "system_fingerprint", "warnings", "metadata"),
    ),
    params=(
        *("reasoning", "chat_template_kwargs", "top_k", "min_p", "repetition_penalty"),
        *("safety_model", "context_length_exceeded_behavior", "echo"),
    ),
    notes=(
        "`reasoning_effort='none'` is sent as `reasoning={'enabled': False}`; gpt-oss cannot be "
        "switched off and gets `low`.",
        "DeepSeek V4 lets no one force a tool: `auto` is sent.",
        "`eos` is its word for `stop`; cached tokens stand at the top of its usage.",
        "Warnings of the service are in `metadata['warnings']`.",
    ),
)
