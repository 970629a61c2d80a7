"""Moonshot AI: Kimi.

Sources: pydantic-ai, LiteLLM and the Vercel AI SDK, which agree on these refusals.
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

THINK = ("kimi-k3", "kimi-k2.5", "kimi-k2.6", "kimi-k2.7", "kimi-thinking", "kimi-k2-thinking")


def _thinks(asked: Asked) -> bool:
    return asked.model.startswith(THINK)


def _switched(asked: Asked) -> bool:
    return asked.model.startswith(("kimi-k2.5", "kimi-k2.6"))


def _nearest(asked: Asked, effort: str) -> str | None:
    if not asked.model.startswith("kimi-k3"):
        return None
    return {"none": "low", "minimal": "low", "medium": "high", "xhigh": "max"}.get(effort)


@cache
def rules() -> Rules:
    """What Kimi's models refuse."""
    from chimeric_models import Rules, levels

    from chimeric_catalog.controls import easier_choice, pinned, switch, switch_field

    return Rules(
        easier_choice(source="`required` is an error (pydantic-ai, LiteLLM)"),
        pinned(
            *("temperature", "top_p"),
            models="kimi-k2.5 and later, which reason",
            source="any value but the model's own is a 400 (LiteLLM)",
            holds=_thinks,
        ),
        levels(
            _nearest,
            said="an effort that the model does not know",
            models="kimi-k3 (low, high, max; it cannot be switched off)",
            source="pydantic-ai",
        ),
        switch(
            switch_field("thinking"),
            field="`thinking`",
            models="kimi-k2.5, kimi-k2.6",
            source="they know `thinking` and refuse the effort `none` (pydantic-ai)",
            holds=_switched,
        ),
    )


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Text alone is a string; a turn with calls is refused without its reasoning."""
    from chimeric_chat_completions.strings import join_texts

    join_texts(body["messages"])
    if request.model.startswith(THINK):
        for message in body["messages"]:
            if message.get("tool_calls"):
                message.setdefault("reasoning_content", " ")
    return body


ENTRY = Entry(
    name="moonshot",
    title="Moonshot AI (Kimi)",
    base_url="https://api.moonshot.ai/v1",
    aliases=("moonshotai", "kimi"),
    keys=("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
    urls=("MOONSHOT_API_BASE", "MOONSHOTAI_BASE_URL"),
    models=("kimi-*", "moonshot-v1-*"),
    sample="kimi-k3",
    dialect=ChatDialect(reasoning_field="reasoning_content", rules=rules, adapt=_adapt),
    params=("thinking", "partial"),
    advice={
        401: (
            "keys of platform.moonshot.ai and platform.moonshot.cn are not interchangeable; for "
            "the latter moonshot_base_url is https://api.moonshot.cn/v1"
        )
    },
    notes=(
        "Keys of China need `moonshot_base_url='https://api.moonshot.cn/v1'`.",
        "`reasoning_effort` is `low`, `high` or `max` at kimi-k3, and a switch (`thinking`) at "
        "kimi-k2.5 and kimi-k2.6.",
        "No tool can be forced; `temperature` and `top_p` of models that reason are left out.",
        "The reasoning of a turn with tool calls is sent back, which the service insists on.",
        "A used-up quota is a 429 that is not tried again.",
    ),
)
