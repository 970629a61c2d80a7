"""Snowflake Cortex: models of several makers beside one's data.

Sources: pydantic-ai, LiteLLM and recordings of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from chimeric_chat_completions import ChatDialect

from chimeric_catalog.entry import Entry

if TYPE_CHECKING:
    from chimeric_models import Asked, Rules

__all__ = ["ENTRY"]


def _open(asked: Asked) -> bool:
    return not asked.model.startswith(("claude", "openai"))


def _claude(asked: Asked) -> bool:
    return asked.model.startswith("claude")


def _nested(asked: Asked) -> str | None:
    """Claude's effort stands in an object, and it takes no temperature but 1 beside it."""
    effort: Any = asked.body.pop("reasoning_effort")
    if effort in (None, "none"):
        return None
    asked.body.setdefault("reasoning", {"effort": effort})
    if asked.get("temperature") in (None, 1):
        asked.body["temperature"] = 1
        return None
    asked.body["temperature"] = 1
    return "temperature: beside reasoning Claude takes 1 alone, 1 is sent"


@cache
def rules() -> Rules:
    """What Cortex refuses."""
    from chimeric_models import Rule, Rules, not_taken

    return Rules(
        not_taken(
            *("tools", "tool_choice", "parallel_tool_calls", "response_format"),
            models="all but Claude and OpenAI's",
            source="pydantic-ai",
            holds=_open,
        ),
        Rule(
            said="`reasoning_effort`",
            models="Claude",
            done="changed",
            how="sent as `reasoning={'effort': ...}` with `temperature=1`",
            source="pydantic-ai",
            on=("reasoning_effort",),
            holds=_claude,
            change=_nested,
        ),
    )


def _refine(event: Mapping[str, Any], fields: dict[str, Any]) -> None:
    """Claude never tells how it ended: a body is whole, a stream where its usage has come."""
    if "finish_reason" in fields or "error" in fields:
        return
    whole = any("message" in choice for choice in event.get("choices") or ())
    if whole or event.get("usage"):
        fields["finish_reason"] = "tool_calls" if fields.get("tool_calls") else "stop"


def _token(options: Mapping[str, Any]) -> Mapping[str, str]:
    kind = options.get("token_type")
    return {"x-snowflake-authorization-token-type": str(kind)} if kind else {}


ENTRY = Entry(
    name="snowflake",
    title="Snowflake Cortex",
    base_url="https://{}.snowflakecomputing.com/api/v2/cortex/v1",
    account_env="SNOWFLAKE_ACCOUNT",
    path="/api/v2/cortex/v1",
    aliases=("cortex",),
    keys=("SNOWFLAKE_TOKEN", "SNOWFLAKE_JWT"),
    sample="claude-sonnet-5-5",
    lists=False,
    options=("token_type",),
    headers=_token,
    dialect=ChatDialect(
        strict_tools=False, rules=rules, echo=("reasoning_details",), refine=_refine
    ),
    params=("reasoning", "guardrails"),
    advice={
        401: (
            "a programmatic access token or a key-pair JWT is wanted; "
            "snowflake_token_type='KEYPAIR_JWT' tells the latter"
        ),
        403: "the role of the token needs SNOWFLAKE.CORTEX_USER, and perhaps another region",
    },
    notes=(
        "The account is `SNOWFLAKE_ACCOUNT`, or give `snowflake_base_url`.",
        "`snowflake_token_type='KEYPAIR_JWT'` tells what kind of key it is, where that is needed.",
        "Streams of Claude never tell a finish reason: it is made of what was said.",
        "Claude's reasoning comes with signatures, which go back in the next turn.",
        "Models but Claude and OpenAI's take no tools and no response format.",
    ),
)
