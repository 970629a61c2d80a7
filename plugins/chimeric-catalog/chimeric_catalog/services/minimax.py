"""MiniMax.

Sources: MiniMax' API reference; any-llm, which met the last chunk without a delta.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

    from chimeric import Request

__all__ = ["ENTRY"]


def _put(asked: Asked, on: bool) -> None:
    asked.body.setdefault("thinking", {"type": "adaptive" if on else "disabled"})


@cache
def rules() -> Rules:
    """What MiniMax' API reference does not have."""
    from chimeric_models import Rules, not_taken

    from chimeric_catalog.controls import switch

    reference = "MiniMax' API reference has none"
    return Rules(
        not_taken("tool_choice", "parallel_tool_calls", "response_format", source=reference),
        not_taken("seed", "frequency_penalty", "presence_penalty", source=reference),
        switch(_put, field="`thinking`", models="all (M2 always thinks)", source=reference),
    )


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Reasoning is asked for in a field of its own; else it comes in tags within the text."""
    body["reasoning_split"] = True
    return body


ENTRY = Entry(
    name="minimax",
    title="MiniMax",
    base_url="https://api.minimax.io/v1",
    keys=("MINIMAX_API_KEY",),
    urls=("MINIMAX_API_BASE",),
    models=("MiniMax-M*",),
    sample="MiniMax-M3",
    lists=False,
    structured=False,
    dialect=ChatDialect(
        max_tokens="max_completion_tokens",
        formats=("json_object", "text"),
        strict_tools=False,
        echo=("reasoning_details",),
        rules=rules,
        adapt=_adapt,
    ),
    params=("thinking", "reasoning_split", "mask_sensitive_info", "stream_options"),
    advice={
        401: (
            "keys of minimax.io and minimaxi.com are not interchangeable; for the latter "
            "minimax_base_url is https://api.minimaxi.com/v1"
        )
    },
    notes=(
        "Keys of China need `minimax_base_url='https://api.minimaxi.com/v1'`.",
        "`reasoning_split` is sent, so that reasoning comes in `reasoning_details`, which go back "
        "unchanged in the next turn.",
        "A schema is told to the model; nothing enforces it.",
        "Errors stand in `base_resp`, also where the status is 200.",
        "There is no model list.",
    ),
)
