"""What Cohere refuses in one request, though it takes each of it: one table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

Rule = Callable[[dict[str, Any]], "str | None"]
"""Changes the body where it must, and says so."""

RANGES: Final = {
    "p": (0.01, 0.99),
    "k": (0, 500),
    "frequency_penalty": (0, 1),
    "presence_penalty": (0, 1),
}
"""Numbers out of these are refused."""

MOST_STOPS: Final = 5

CHOICELESS: Final = re.compile(
    r"command(-light|-nightly|-light-nightly)?|command-r(-plus)?(-0[348]-2024)?|c4ai-aya-.*"
)
"""Models older than command-r7b, which take no ``tool_choice``."""


def keep_rules(body: dict[str, Any], dropped: list[str]) -> None:
    """Change what would be refused."""
    dropped += filter(None, [rule(body) for rule in RULES])


def _tools_or_a_format(body: dict[str, Any]) -> str | None:
    # The API's types: "not together with documents or tools".
    form: dict[str, Any] = body.get("response_format") or {}
    beside = [name for name in ("tools", "documents") if body.get(name)]
    if form.get("type", "text") == "text" or not beside:
        return None
    if beside == ["tools"] and body.get("tool_choice") == "NONE":
        _drop_tools(body)
        return "Cohere takes no tools beside a response format: none is offered"
    del body["response_format"]
    return (
        f"Cohere takes no response format beside {' and '.join(beside)}: the format is not sent; "
        "ask for it in the prompt"
    )


def _tools_or_safety(body: dict[str, Any]) -> str | None:
    # The API's types: not configurable together with tools and documents.
    if "safety_mode" not in body or not (body.get("tools") or body.get("documents")):
        return None
    del body["safety_mode"]
    return "Cohere takes no safety_mode beside tools or documents: it is not sent"


def _no_choice(body: dict[str, Any]) -> str | None:
    if "tool_choice" not in body or not CHOICELESS.fullmatch(str(body["model"]).lower()):
        return None
    if body["tool_choice"] == "NONE":
        _drop_tools(body)
        return f"{body['model']} takes no tool_choice: no tool is offered"
    del body["tool_choice"]
    return f"{body['model']} takes no tool_choice: it may answer without a call"


def _ranges(body: dict[str, Any]) -> str | None:
    told: list[str] = []
    for name, (least, most) in RANGES.items():
        value = body.get(name)
        if isinstance(value, (int, float)) and not least <= value <= most:
            body[name] = min(max(value, least), most)
            told.append(
                f"{NAMES.get(name, name)}={value}: Cohere takes {least} to {most}, {body[name]} "
                "is used"
            )
    return "; ".join(told) or None


def _stops(body: dict[str, Any]) -> str | None:
    stops = body.get("stop_sequences") or ()
    if len(stops) <= MOST_STOPS:
        return None
    body["stop_sequences"] = list(stops)[:MOST_STOPS]
    return f"stop: Cohere takes {MOST_STOPS} sequences, the first ones are sent"


def _user(body: dict[str, Any]) -> str | None:
    # 400 "unknown field: parameter 'user' is not a valid field"
    return None if body.pop("user", None) is None else "user: Cohere has no such field"


def _drop_tools(body: dict[str, Any]) -> None:
    for name in ("tools", "tool_choice", "strict_tools"):
        body.pop(name, None)


NAMES: Final = {"p": "top_p"}

RULES: Final[tuple[Rule, ...]] = (
    _tools_or_a_format,
    _tools_or_safety,
    _no_choice,
    _ranges,
    _stops,
    _user,
)
