"""What a model of Gemini refuses in one request, though it takes each of it: one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chimeric import Request

from .thinking import Generation

Rule = Callable[[Request, Generation, dict[str, Any], dict[str, Any]], "str | None"]
"""Changes the body and the generation config where it must, and says so."""

MOST_STOPS: Final = 5
HOTTEST: Final = 2


def keep_rules(
    request: Request,
    generation: Generation,
    body: dict[str, Any],
    config: dict[str, Any],
    dropped: list[str],
) -> None:
    """Change what would be refused. A model of an unknown generation gets all as it is."""
    dropped += filter(None, [rule(request, generation, body, config) for rule in RULES])


def _functions_or_googles_tools(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # 400 "Tool use with function calling is unsupported" before Gemini 3.
    tools: list[dict[str, Any]] = body.get("tools", [])
    own = [tool for tool in tools if "functionDeclarations" not in tool]
    if not own or len(own) == len(tools) or not generation.before(3):
        return None
    if request.tool_choice == "none":
        body["tools"] = own
        del body["toolConfig"]
        return f"{generation.model} mixes no functions with Google's tools: no function is offered"
    body["tools"] = [tool for tool in tools if tool not in own]
    names = ", ".join(str(tool.get("type") or next(iter(tool), "")) for tool in own)
    return f"{generation.model} mixes no functions with Google's tools: {names} is not offered"


def _tools_or_a_format(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # 400 "Function calling with a response mime type: 'application/json' is unsupported" before
    # Gemini 3, and the same of Google's own tools.
    if config.get("responseMimeType") in (None, "text/plain") or not generation.before(3):
        return None
    if not body.get("tools"):
        return None
    if request.tool_choice == "none" and "toolConfig" in body:
        del body["tools"], body["toolConfig"]
        return f"{generation.model} takes no tools beside a response format: none is offered"
    for name in ("responseMimeType", "responseJsonSchema", "responseSchema"):
        config.pop(name, None)
    return (
        f"{generation.model} takes no response format beside tools: the format is not sent; ask "
        "for it in the prompt, or use Gemini 3"
    )


def _one_schema(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # The API's reference: of responseSchema and responseJsonSchema one must be omitted.
    if config.get("responseSchema") is None or config.pop("responseJsonSchema", None) is None:
        return None
    return "of two schemas for the answer, responseSchema is sent"


def _level_or_budget(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # 400 "You can only set only one of thinking budget and thinking level."
    thinking = config.get("thinkingConfig")
    if not isinstance(thinking, dict) or generation.number is None:
        return None
    if not {"thinkingLevel", "thinkingBudget"} <= thinking.keys():  # pyright: ignore[reportUnknownMemberType]
        return None
    name = "thinkingBudget" if generation.at_least(3) else "thinkingLevel"
    config["thinkingConfig"] = {key: thinking[key] for key in thinking if key != name}  # pyright: ignore[reportUnknownVariableType]
    return f"{generation.model} takes either thinkingLevel or thinkingBudget: {name} is left out"


def _temperature(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # The model list's maxTemperature is 2 for all.
    asked = config.get("temperature")
    if not isinstance(asked, (int, float)) or 0 <= asked <= HOTTEST:
        return None
    config["temperature"] = min(max(asked, 0), HOTTEST)
    return f"temperature={asked}: Gemini takes 0 to {HOTTEST}, {config['temperature']} is used"


def _stops(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # The API's reference: up to 5.
    stops = config.get("stopSequences") or ()
    if len(stops) <= MOST_STOPS:
        return None
    config["stopSequences"] = list(stops)[:MOST_STOPS]
    return f"stop: Gemini takes {MOST_STOPS} sequences, the first ones are sent"


def _user(
    request: Request, generation: Generation, body: dict[str, Any], config: dict[str, Any]
) -> str | None:
    # 400 'Unknown name "user": Cannot find field.'
    return None if body.pop("user", None) is None else "user: Gemini has no such field"


RULES: Final[tuple[Rule, ...]] = (
    _functions_or_googles_tools,
    _tools_or_a_format,
    _one_schema,
    _level_or_budget,
    _temperature,
    _stops,
    _user,
)
