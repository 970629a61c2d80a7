"""What Bedrock refuses of a body's fields: Claude's rules, and what Converse has no field for."""

from __future__ import annotations

from typing import Any, Final

from chimeric_models import CLAUDE_RULES, Asked, Rule, Rules, claude_signs, not_taken, tool_names

from chimeric import Request

from .turns import Turns
from .values import as_object

__all__ = ["CLAUDE_RULES", "RULES", "keep_rules"]

MODEL_FIELDS: Final = "additionalModelRequestFields"


def _top_k(asked: Asked) -> None:
    """The model's own parameter travels among the model's own; nothing is lost."""
    fields = as_object(asked.body.get(MODEL_FIELDS))
    asked.body[MODEL_FIELDS] = {"top_k": asked.body.pop("top_k"), **fields}


RULES: Final = Rules(
    tool_names(
        64,
        on="toolConfig",
        inside="tools",
        source="the Converse API's reference, `ToolSpecification.name`",
    ),
    not_taken("seed", source="the Converse API's reference has none"),
    Rule(
        said="`top_k`",
        done="changed",
        how=f"sent in `{MODEL_FIELDS}`",
        source="the Converse API's reference",
        on=("top_k",),
        change=_top_k,
    ),
    not_taken(
        *("frequency_penalty", "presence_penalty", "logit_bias", "n", "logprobs", "top_logprobs"),
        *("user", "store", "metadata"),
        source="the Converse API's reference has none",
        why=f"(what the model itself takes goes into {MODEL_FIELDS})",
    ),
)


SAMPLING: Final = (("temperature", "temperature"), ("top_p", "topP"))
OWN: Final = ("top_k", "thinking")
"""Where Claude's fields stand: sampling among what all models take, the others among its own."""


def keep_rules(body: dict[str, Any], request: Request, turns: Turns) -> None:
    """Change what would be refused."""
    if RULES.touch(body):
        RULES.keep(Asked(request.model, body, "bedrock", request.extra_body), turns.dropped)
    if turns.claude:
        _keep_claude(body, request, turns)


def _keep_claude(body: dict[str, Any], request: Request, turns: Turns) -> None:
    """Claude's rules, for which its fields are brought together under its own names."""
    config, fields = as_object(body.get("inferenceConfig")), as_object(body.get(MODEL_FIELDS))
    choice = fields.get("tool_choice") or _choice(body.get("toolConfig"))
    if not (config or fields or choice):
        return
    asked = {n: given for n, own in SAMPLING if (given := config.get(own)) is not None}
    if fields:
        asked |= {n: given for n in OWN if (given := fields.get(n)) is not None}
    if choice:
        asked["tool_choice"] = choice
    if not CLAUDE_RULES.touch(asked):
        return
    kept = dict(asked)
    if "maxTokens" in config:
        kept["max_tokens"] = config["maxTokens"]
    besides = as_object(request.extra_body.get(MODEL_FIELDS))
    signs = claude_signs(body["messages"], thoughtless=turns.thoughtless)
    told = Asked(request.model, kept, "bedrock", besides, signs=signs)
    CLAUDE_RULES.keep(told, turns.dropped)
    changed = {name for name in asked if kept.get(name) != asked[name]}
    if changed:
        _lay_back(body, kept, changed)


def _choice(tools: Any) -> dict[str, Any] | None:
    if not tools:
        return None
    choice = as_object(as_object(tools).get("toolChoice"))
    kind = next(iter(choice), None)
    return None if kind is None else {"type": kind, **as_object(choice[kind])}


def _lay_back(body: dict[str, Any], kept: dict[str, Any], changed: set[str]) -> None:
    for place, names in PLACES.items():
        told = dict(as_object(body.get(place)))
        for name in changed & names.keys():
            told.pop(names[name], None)
            if name in kept and (place != "toolConfig"):
                told[names[name]] = kept[name]
        if told:
            body[place] = told
        else:
            body.pop(place, None)


PLACES: Final = {
    "inferenceConfig": {"temperature": "temperature", "top_p": "topP"},
    MODEL_FIELDS: {"top_k": "top_k", "thinking": "thinking", "tool_choice": "tool_choice"},
    "toolConfig": {"tool_choice": "toolChoice"},
}
