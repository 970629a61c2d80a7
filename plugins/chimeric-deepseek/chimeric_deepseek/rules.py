"""What DeepSeek refuses of a body's fields, or does not heed."""

from __future__ import annotations

from typing import Final

from chimeric_models import Asked, Rule, Rules, not_taken

__all__ = ["RULES"]

GUIDE: Final = "https://api-docs.deepseek.com/guides/thinking_mode"
UNHEEDED: Final = ("temperature", "presence_penalty", "frequency_penalty")


def _thinks(asked: Asked) -> bool:
    """Thinking is on unless it is switched off; the old name of a chat model never thinks."""
    if told := asked.object("thinking"):
        return told.get("type") != "disabled"
    return asked.model.startswith(("deepseek-reasoner", "deepseek-v4", "deepseek-flash"))


def _forced(asked: Asked) -> str | None:
    if asked.body["tool_choice"] in ("auto", "none"):
        return None
    del asked.body["tool_choice"]
    return "tool_choice: while it thinks, DeepSeek takes no forced call (reasoning_effort='none')"


def _unheeded(asked: Asked) -> list[str]:
    return [
        f"{name}: while it thinks, DeepSeek takes it and does not heed it"
        for name in UNHEEDED
        if asked.body.get(name) is not None
    ]


RULES: Final = Rules(
    not_taken("seed", "parallel_tool_calls", source="DeepSeek's API reference has none"),
    Rule(
        said="a forced tool while it thinks",
        models="deepseek-reasoner, deepseek-v4*, deepseek-flash, unless thinking is off",
        done="left out",
        how="`tool_choice` is left out",
        source="browser-use#5294; LangChain and pydantic-ai do the same",
        on=("tool_choice",),
        holds=_thinks,
        change=_forced,
    ),
    not_taken(
        *("logprobs", "top_logprobs"),
        models="deepseek-reasoner",
        source="https://api-docs.deepseek.com/guides/reasoning_model: an error",
        holds=lambda asked: asked.model.startswith("deepseek-reasoner"),
    ),
    Rule(
        said="`temperature`, `presence_penalty`, `frequency_penalty` while it thinks",
        models="deepseek-reasoner, deepseek-v4*, deepseek-flash, unless thinking is off",
        done="told",
        how="sent, and without effect",
        source=GUIDE,
        on=UNHEEDED,
        holds=_thinks,
        change=_unheeded,
    ),
)
