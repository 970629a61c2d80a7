"""What Claude models refuse together, in the words of the Messages API.

The fields are ``temperature``, ``top_p``, ``top_k``, ``thinking``, ``max_tokens``, ``tool_choice``;
a service with a form of its own translates them for the time that the table is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .claude import BUDGETS, SAMPLING, Claude
from .rules import Asked, Rule, Rules, within

__all__ = ["CLAUDE_RULES", "PREFILLED", "THOUGHTLESS", "claude_signs"]

THOUGHTLESS: Final = "calls without thinking"
"""The sign of a conversation whose last calls, answered here, came without its thinking."""

PREFILLED: Final = "the beginning of the answer"
"""The sign of a conversation that ends with the beginning of what the model is to say."""

LEAST_BUDGET: Final = BUDGETS["minimal"]


def claude_signs(turns: Sequence[Mapping[str, Any]], *, thoughtless: bool) -> tuple[str, ...]:
    """What the rules want to know of a conversation.

    Args:
        turns: the messages as they are sent.
        thoughtless: whether the last calls are answered here, and came without thinking.
    """
    prefilled = bool(turns) and turns[-1]["role"] == "assistant"
    return (*((THOUGHTLESS,) if thoughtless else ()), *((PREFILLED,) if prefilled else ()))


def _is_budgeted(asked: Asked) -> bool:
    return asked.object("thinking").get("type") == "enabled"


def _thinks(asked: Asked) -> bool:
    return asked.object("thinking").get("type") in ("enabled", "adaptive")


def _old_thinking(asked: Asked) -> str | None:
    if not _is_budgeted(asked) or "thinking" in asked.besides:
        return None
    asked.put("thinking", {"type": "adaptive", "display": "summarized"})
    return "thinking: this model takes no budget; it is sent as adaptive"


def _no_beginning(asked: Asked) -> str | None:
    if not _is_budgeted(asked) or THOUGHTLESS not in asked.signs or not asked.pop("thinking"):
        return None
    return (
        "thinking: the calls that are answered here came without this model's thinking, "
        "and it cannot begin between them"
    )


def _no_room(asked: Asked) -> str | None:
    if not _thinks(asked) or PREFILLED not in asked.signs or not asked.pop("thinking"):
        return None
    return "thinking: the answer's beginning is given, and thinking comes before it; it is left out"


def _budget(asked: Asked) -> str | None:
    budget, limit = asked.object("thinking").get("budget_tokens"), asked.get("max_tokens")
    if not _is_budgeted(asked) or not isinstance(budget, int) or "thinking" in asked.besides:
        return None
    most = limit - 1 if isinstance(limit, int) else max(budget, LEAST_BUDGET)
    if LEAST_BUDGET <= budget <= most:
        return None
    if most < LEAST_BUDGET:
        asked.pop("thinking")
        return "thinking: max_tokens leaves no room for 1024 thinking tokens"
    kept = min(max(budget, LEAST_BUDGET), most)
    asked.put("thinking", {**asked.object("thinking"), "budget_tokens": kept})
    return f"thinking: a budget of {budget} tokens is not taken here, {kept} is sent"


def _always(asked: Asked) -> str | None:
    if asked.object("thinking").get("type") != "disabled" or not asked.pop("thinking"):
        return None
    return "thinking: this model always thinks; 'disabled' is not sent"


def _beside_thinking(asked: Asked) -> list[str]:
    given = [n for n in SAMPLING if asked.body.get(n) is not None] if _thinks(asked) else []
    return [
        f"{name}={asked.body.pop(name)!r}: not taken while the model thinks"
        for name in given
        if not _fits(name, asked.body[name])
    ]


def _no_sampling(asked: Asked) -> list[str]:
    return [f"{n}: this model takes no sampling parameters" for n in asked.pop(*SAMPLING)]


def _fits(name: str, value: Any) -> bool:
    if not isinstance(value, (int, float)):
        return False
    return (name == "temperature" and value == 1) or (name == "top_p" and 0.95 <= value <= 1)


def _one_way(asked: Asked) -> str | None:
    if asked.get("temperature") is None or not asked.pop("top_p"):
        return None
    return "top_p: this model takes it, or temperature, not both; temperature was sent"


def _forced(asked: Asked) -> str | None:
    told = asked.object("tool_choice")
    forced = "tool_choice" in asked.body and told.get("type") in ("any", "tool")
    if not forced or (Claude.of(asked.model).forces_tools and not _is_budgeted(asked)):
        return None
    single = told.get("disable_parallel_tool_use")
    if single is None:
        del asked.body["tool_choice"]
    else:
        asked.body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": single}
    return "tool_choice: this model, or its thinking, allows no forced call"


CLAUDE_RULES: Final = Rules(
    Rule(
        said="a budget of thinking where the calls that are answered came without thinking",
        models="Claude 3.7 to 4.6",
        done="left out",
        how="`thinking` is left out",
        source='Anthropic\'s guide to extended thinking, with tool use; 400 "Expected `thinking`"',
        on=("thinking",),
        change=_no_beginning,
    ),
    Rule(
        said="thinking where the beginning of the answer is given",
        models="Claude 3.7 to 4.6",
        done="left out",
        how="`thinking` is left out",
        source='Anthropic\'s guide to extended thinking, "Feature compatibility"',
        on=("thinking",),
        change=_no_room,
    ),
    Rule(
        said="`thinking` with a budget",
        models="Claude from 4.7 on",
        done="changed",
        how="adaptive thinking is sent",
        source='400 "`thinking.type.enabled` is not supported for this model"',
        on=("thinking",),
        holds=lambda asked: not Claude.of(asked.model).budgets,
        change=_old_thinking,
    ),
    Rule(
        said="`thinking` switched off",
        models="Claude Fable, Mythos, Opus from 5.5 on",
        done="left out",
        source="the model pages: it cannot be turned off",
        on=("thinking",),
        holds=lambda asked: Claude.of(asked.model).thinking_off is None,
        change=_always,
    ),
    Rule(
        said="a budget of thinking below 1024, or not below `max_tokens`",
        models="Claude 3.7 to 4.6",
        done="changed",
        how="moved to the nearer limit; without room, thinking is left out",
        source="the Messages API's reference, `thinking.budget_tokens`",
        on=("thinking",),
        change=_budget,
    ),
    Rule(
        said="`temperature`, `top_p`, `top_k`",
        models="Claude from 4.7 on",
        done="left out",
        source="the Messages API's reference, version 2026-10-21",
        on=SAMPLING,
        holds=lambda asked: not Claude.of(asked.model).samples,
        change=_no_sampling,
    ),
    Rule(
        said="`temperature` that is not 1, `top_p` below 0.95, `top_k` beside thinking",
        models="Claude 3.7 to 4.6",
        done="left out",
        source='Anthropic\'s guide to extended thinking, "Feature compatibility"',
        on=SAMPLING,
        change=_beside_thinking,
    ),
    within("temperature", 0, 1, source='the Messages API\'s reference: "Ranges from 0.0 to 1.0"'),
    Rule(
        said="`temperature` beside `top_p`",
        models="Claude from 4.1 on",
        done="left out",
        how="`top_p` is left out",
        source='the model pages of Opus 4.1 and Sonnet 4.5: "cannot both be specified"',
        on=("top_p",),
        holds=lambda asked: Claude.of(asked.model).samples_one_way,
        change=_one_way,
    ),
    Rule(
        said="a forced tool beside a budget of thinking",
        models="Claude 3.7 to 4.6",
        done="left out",
        how="`tool_choice` is left out",
        source='400 "Thinking may not be enabled when tool_choice forces tool use"',
        on=("tool_choice",),
        holds=_is_budgeted,
        change=_forced,
    ),
    Rule(
        said="a forced tool",
        models="Claude Fable and Mythos from 5.1, Opus and Sonnet from 5.5 on",
        done="left out",
        how="`tool_choice` is left out",
        source='400 "this model does not support forcing the use of a tool"',
        on=("tool_choice",),
        change=_forced,
    ),
)
"""One table for every service that has the model."""
