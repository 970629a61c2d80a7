"""What a model of Gemini refuses in one request, though it takes each of it: one table."""

from __future__ import annotations

from typing import Any, Final

from chimeric_models import Asked, Rule, Rules, cut, not_taken, within

from chimeric import Request

from .thinking import Generation

__all__ = ["RULES", "keep_rules"]

BEFORE_3: Final = "Gemini before 3"
FORMAT_FIELDS: Final = ("responseMimeType", "responseJsonSchema", "responseSchema")


def keep_rules(
    request: Request,
    generation: Generation,
    body: dict[str, Any],
    config: dict[str, Any],
    dropped: list[str],
) -> None:
    """Change what would be refused. A model of an unknown generation gets all as it is."""
    if RULES.touch(body) or RULES.touch(config):
        asked = Asked(generation.model, body, "Gemini", request.extra_body, config)
        RULES.keep(asked, dropped)


def _is_old(asked: Asked) -> bool:
    return Generation.of(asked.model).before(3)


def _forbids_calls(asked: Asked) -> bool:
    config: Any = asked.object("toolConfig").get("functionCallingConfig")
    return bool(config == {"mode": "NONE"})


def _functions_or_googles_tools(asked: Asked) -> str | None:
    tools: list[dict[str, Any]] = asked.body["tools"]
    own = [tool for tool in tools if "functionDeclarations" not in tool]
    if not own or len(own) == len(tools):
        return None
    if _forbids_calls(asked):
        asked.body["tools"] = own
        del asked.body["toolConfig"]
        return f"{asked.model} mixes no functions with Google's tools: no function is offered"
    asked.body["tools"] = [tool for tool in tools if tool not in own]
    names = ", ".join(str(tool.get("type") or next(iter(tool), "")) for tool in own)
    return f"{asked.model} mixes no functions with Google's tools: {names} is not offered"


def _tools_or_a_format(asked: Asked) -> str | None:
    if asked.inner.get("responseMimeType") in (None, "text/plain") or not asked.body.get("tools"):
        return None
    if _forbids_calls(asked):
        asked.pop("tools", "toolConfig")
        return f"{asked.model} takes no tools beside a response format: none is offered"
    asked.pop(*FORMAT_FIELDS)
    return (
        f"{asked.model} takes no response format beside tools: the format is not sent; ask "
        "for it in the prompt, or use Gemini 3"
    )


def _one_schema(asked: Asked) -> str | None:
    if asked.get("responseSchema") is None or not asked.pop("responseJsonSchema"):
        return None
    return "of two schemas for the answer, responseSchema is sent"


def _level_or_budget(asked: Asked) -> str | None:
    generation, thinking = Generation.of(asked.model), asked.object("thinkingConfig")
    if generation.number is None or not {"thinkingLevel", "thinkingBudget"} <= thinking.keys():
        return None
    name = "thinkingBudget" if generation.at_least(3) else "thinkingLevel"
    asked.put("thinkingConfig", {key: thinking[key] for key in thinking if key != name})
    return f"{asked.model} takes either thinkingLevel or thinkingBudget: {name} is left out"


RULES: Final = Rules(
    Rule(
        said="functions beside Google's own tools",
        models=BEFORE_3,
        done="left out",
        how="Google's tools are left out; the functions, where no call is allowed",
        source='400 "Tool use with function calling is unsupported"',
        on=("tools",),
        holds=_is_old,
        change=_functions_or_googles_tools,
    ),
    Rule(
        said="tools beside a response format",
        models=BEFORE_3,
        done="left out",
        how="the format is left out; the tools, where no call is allowed",
        source="400 \"Function calling with a response mime type: 'application/json' is "
        'unsupported"',
        on=("responseMimeType",),
        holds=_is_old,
        change=_tools_or_a_format,
    ),
    Rule(
        said="two schemas for the answer",
        done="left out",
        how="`responseSchema` is sent",
        source="the API's reference: one of them must be omitted",
        on=("responseSchema",),
        change=_one_schema,
    ),
    Rule(
        said="`thinkingLevel` beside `thinkingBudget`",
        done="left out",
        how="the level is sent since Gemini 3, the budget before",
        source='400 "You can only set only one of thinking budget and thinking level."',
        on=("thinkingConfig",),
        change=_level_or_budget,
    ),
    within("temperature", 0, 2, source="the model list: `maxTemperature`"),
    cut(
        "stopSequences",
        5,
        unified="stop",
        what="sequences",
        source="the API's reference: up to 5",
    ),
    not_taken(
        *("user", "logit_bias", "metadata", "n"),
        source="400 'Unknown name \"user\": Cannot find field.'",
    ),
)
