"""Databricks' serving endpoints.

Source: LiteLLM, which reads the forms that its users met.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

    from chimeric import Request

__all__ = ["ENTRY"]

BUDGETS = {"minimal": 1024, "low": 1024, "medium": 2048, "high": 4096}
"""LiteLLM's, in tokens; more for what is above ``high``."""


def _claude(asked: Asked) -> bool:
    return "claude" in asked.model


def _thought(asked: Asked) -> str | None:
    effort: Any = asked.body.pop("reasoning_effort")
    if effort in (None, "none"):
        return None
    budget = BUDGETS.get(str(effort), 8192)
    asked.body.setdefault("thinking", {"type": "enabled", "budget_tokens": budget})
    return f"reasoning_effort={effort!r}: Claude at Databricks takes a budget, {budget} tokens"


@cache
def rules() -> Rules:
    """What Claude at Databricks refuses."""
    from chimeric_models import Rule, Rules

    return Rules(
        Rule(
            said="`reasoning_effort`",
            models="Claude",
            done="changed",
            how="sent as `thinking` with a budget",
            source="maximhq/bifrost#6958",
            on=("reasoning_effort",),
            holds=_claude,
            change=_thought,
        )
    )


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """A turn has one call at most, and is not empty; Claude's pictures come as data."""
    if "claude" in request.model:
        from chimeric_catalog.controls import own_pictures

        own_pictures(body, request, "databricks")
    if any(m.get("role") == "assistant" for m in body["messages"]):
        body["messages"] = _single(body["messages"])
    return body


def _single(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each call in a message of its own, followed by its result."""
    results = {str(m.get("tool_call_id")): m for m in messages if m.get("role") == "tool"}
    told: list[dict[str, Any]] = []
    moved: set[str] = set()
    for message in messages:
        calls = cast("list[dict[str, Any]]", message.get("tool_calls") or [])
        if len(calls) > 1:
            for place, call in enumerate(calls):
                content = message.get("content") if not place else None
                told.append({**message, "content": content, "tool_calls": [call]})
                if (identity := str(call["id"])) in results:
                    told.append(results[identity])
                    moved.add(identity)
        elif str(message.get("tool_call_id")) not in moved and not _is_empty(message):
            told.append(message)
    return told


def _is_empty(message: dict[str, Any]) -> bool:
    said = message.get("content") or message.get("tool_calls")
    return message.get("role") == "assistant" and not said


ENTRY = Entry(
    name="databricks",
    title="Databricks",
    base_url="",
    path="/serving-endpoints",
    keys=("DATABRICKS_TOKEN", "DATABRICKS_API_KEY"),
    urls=("DATABRICKS_HOST", "DATABRICKS_API_BASE"),
    models=("databricks-*",),
    sample="databricks-claude-sonnet-5-5",
    lists=False,
    dialect=ChatDialect(rules=rules, adapt=_adapt),
    params=("thinking", "top_k"),
    advice={404: "the model is the name of a serving endpoint of this workspace"},
    notes=(
        "The workspace is `DATABRICKS_HOST` or `databricks_base_url`; `/serving-endpoints` is "
        "added to a URL without a path.",
        "Parallel calls of earlier turns are sent one by one, each with its result; empty turns "
        "are left out.",
        "Claude takes pictures as data, not by URL (an error before anything is sent).",
        "Claude's text and reasoning come as a list of parts; its effort is a budget of tokens.",
    ),
)
