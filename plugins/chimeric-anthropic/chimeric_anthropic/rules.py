"""What Anthropic refuses of a body's fields: the models' rules, and what the API does not have."""

from __future__ import annotations

from typing import Final

from chimeric_models import CLAUDE_RULES, Asked, Rule, Rules, not_taken

__all__ = ["RULES"]


def _user(asked: Asked) -> None:
    """Say in the API's form who asks; nothing is lost."""
    user = asked.body.pop("user", None)
    if user is not None:
        asked.body["metadata"] = {"user_id": user, **asked.object("metadata")}


RULES: Final = Rules(
    CLAUDE_RULES,
    not_taken(
        *("seed", "frequency_penalty", "presence_penalty", "logit_bias", "n"),
        *("logprobs", "top_logprobs", "store"),
        source='the Messages API\'s reference has none; 400 "Extra inputs are not permitted"',
    ),
    Rule(
        said="`user`",
        done="changed",
        how="sent as `metadata.user_id`",
        source="the Messages API's reference",
        on=("user",),
        change=_user,
    ),
)
