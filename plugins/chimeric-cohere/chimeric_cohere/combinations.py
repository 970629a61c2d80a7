"""What Cohere refuses in one request, though it takes each of it: one table."""

from __future__ import annotations

import re
from typing import Any, Final

from chimeric_models import Asked, Rule, Rules, Takes, cut, not_taken, within

__all__ = ["RULES", "TAKES"]

TYPES: Final = "the API's types"

CHOICELESS: Final = re.compile(
    r"command(-light|-nightly|-light-nightly)?|command-r(-plus)?(-0[348]-2024)?|c4ai-aya-.*"
)
"""Models older than command-r7b, which take no ``tool_choice``."""


def _tools_or_a_format(asked: Asked) -> str | None:
    body = asked.body
    form: dict[str, Any] = body["response_format"] or {}
    beside = [name for name in ("tools", "documents") if body.get(name)]
    if form.get("type", "text") == "text" or not beside:
        return None
    if beside == ["tools"] and body.get("tool_choice") == "NONE":
        _drop_tools(asked)
        return "Cohere takes no tools beside a response format: none is offered"
    del body["response_format"]
    return (
        f"Cohere takes no response format beside {' and '.join(beside)}: the format is not sent; "
        "ask for it in the prompt"
    )


def _no_choice(asked: Asked) -> str | None:
    if asked.body["tool_choice"] == "NONE":
        _drop_tools(asked)
        return f"{asked.model} takes no tool_choice: no tool is offered"
    del asked.body["tool_choice"]
    return f"{asked.model} takes no tool_choice: it may answer without a call"


def _drop_tools(asked: Asked) -> None:
    asked.pop("tools", "tool_choice", "strict_tools")


RULES: Final = Rules(
    Rule(
        said="a response format beside tools or documents",
        done="left out",
        how="the format is left out; the tools, where no call is allowed",
        source=f'{TYPES}: "not together with documents or tools"',
        on=("response_format",),
        change=_tools_or_a_format,
    ),
    not_taken(
        "safety_mode",
        said="`safety_mode` beside tools or documents",
        source=f"{TYPES}: not configurable together with them",
        holds=lambda asked: bool(asked.body.get("tools") or asked.body.get("documents")),
        why="beside tools or documents",
    ),
    Rule(
        said="`tool_choice`",
        models="older than command-r7b",
        done="left out",
        how="for `none`, the tools are left out",
        source=TYPES,
        on=("tool_choice",),
        holds=lambda asked: CHOICELESS.fullmatch(asked.model.lower()) is not None,
        change=_no_choice,
    ),
    within("p", 0.01, 0.99, unified="top_p", source=TYPES),
    within("k", 0, 500, source=TYPES),
    within("frequency_penalty", 0, 1, source=TYPES),
    within("presence_penalty", 0, 1, source=TYPES),
    cut("stop_sequences", 5, unified="stop", what="sequences", source=TYPES),
    not_taken(
        *("user", "logit_bias", "metadata", "n", "store", "top_logprobs"),
        source="400 \"unknown field: parameter 'user' is not a valid field\"",
    ),
)

TAKES: Final = Takes(service="Cohere", details=("auto", "low", "high"))
"""What else is taken of what can be said to all (``ImageUrl.detail`` of the API)."""
