"""What is said of the answer: ``generation_config``, its form, and what the API refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from chimeric_models import Asked, Rule, Rules, check_format, not_taken, within

from chimeric import Request
from chimeric_google import PARAMS
from chimeric_google.request import clean_schema, overlaid
from chimeric_google.thinking import Generation, level_of

from .names import BODY, CONFIG, snake
from .tools import choice_of

__all__ = ["RULES", "answer_form", "generation_config", "lifted", "renamed"]

NO_FIELD: Final = "the types of google-genai 3.6.1 have no such field"

ELSEWHERE: Final = tuple(sorted({n for n in PARAMS if snake(n) not in (*CONFIG, *BODY)} - {"user"}))
"""Parameters of ``generateContent`` that have no counterpart here."""


def renamed(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as this API writes them: those that ``generateContent`` has in camelCase too."""
    return {
        snake(name) if snake(name) in CONFIG or snake(name) in BODY else name: value
        for name, value in extra.items()
    }


def lifted(extra: dict[str, Any]) -> dict[str, Any]:
    """Take out of ``extra`` what belongs into ``generation_config``."""
    given = extra.pop("generation_config", None)
    config: dict[str, Any] = {}
    if isinstance(given, Mapping):
        config = renamed(cast("Mapping[str, Any]", given))
    for name in [name for name in extra if name in CONFIG]:
        config[name] = extra.pop(name)
    return config


def generation_config(
    request: Request, generation: Generation, own: dict[str, Any], dropped: list[str]
) -> dict[str, Any]:
    """All of ``generation_config``; what the caller gave under its own name holds."""
    told: dict[str, Any] = {
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop_sequences": list(request.stop) or None,
        **_thinking(request.reasoning_effort, generation, dropped),
        "tool_choice": choice_of(request) if request.tools else None,
    }
    unified = {name: value for name, value in told.items() if value is not None}
    return overlaid(unified, own, dropped)


def _thinking(effort: str | None, generation: Generation, dropped: list[str]) -> dict[str, Any]:
    if effort is None:
        return {}
    if generation.before(2.5):
        dropped.append(f"reasoning_effort: {generation.model} has no thinking to set")
        return {}
    effort = effort.lower()
    level = {"thinking_level": level_of(effort, generation.model, dropped).lower()}
    return level if effort == "none" else {**level, "thinking_summaries": "auto"}


def answer_form(request: Request) -> dict[str, Any]:
    """The ``response_format`` of a structured answer; nothing for text.

    Raises:
        ConfigurationError: for a schema that is refused.
    """
    form = request.response_format
    if form is None or form.kind == "text":
        return {}
    told: dict[str, Any] = {"type": "text", "mime_type": "application/json"}
    if form.kind == "json_schema" and form.schema is not None:
        check_format(form.schema)
        told["schema"] = clean_schema(form.schema)
    return {"response_format": told}


def _agent(asked: Asked) -> list[str]:
    name = asked.body["agent"]
    gone = [*asked.inner, *asked.pop("response_format")]
    asked.inner.clear()
    return [f"{field}: the agent {name} does not take it, only a model does" for field in gone]


RULES: Final = Rules(
    Rule(
        said="`temperature`, `max_tokens`, `response_format` and their like of an agent",
        models="agents",
        done="left out",
        source="vercel-ai's provider: an agent takes no `generation_config` and no format",
        on=("agent",),
        change=_agent,
    ),
    within("temperature", 0, 2, source="the model list: `maxTemperature`"),
    not_taken(
        *("user", "logit_bias", "metadata", "n", "frequency_penalty", "presence_penalty"),
        *("logprobs", "top_logprobs"),
        said="`user`, `logit_bias`, `metadata`, `n`, `logprobs`, penalties",
        source=NO_FIELD,
    ),
    not_taken(
        *ELSEWHERE,
        said="parameters that only `generateContent` has",
        source=NO_FIELD,
    ),
)
