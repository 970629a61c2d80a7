"""What Gemini refuses in the fields of a body, and how it spells them."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import is_object

from .errors import bad_request

__all__ = ["camel", "check_fields", "check_settings", "wants_signatures"]


_KNOWN = frozenset(
    [
        "contents",
        "tools",
        "toolConfig",
        "safetySettings",
        "systemInstruction",
        "generationConfig",
        "cachedContent",
        "labels",
        "model",
        "serviceTier",
        "store",
    ]
)


_SIGNED = re.compile(r"gemini-[3-9]|think")


def camel(raw: Any) -> dict[str, Any]:
    """The keys of one object in camelCase; the service takes both spellings."""
    if not is_object(raw):
        raise bad_request(
            'Invalid JSON payload received. Expected an object; "' + str(raw)[:40] + '".'
        )
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): v for key, v in raw.items()}


def check_fields(body: dict[str, Any]) -> None:
    """Refuse a body with unknown fields."""
    for key in body:
        if key not in _KNOWN:
            message = f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.'
            raise bad_request(message)


_NUMBER = re.compile(r"gemini-(\d+(?:\.\d+)?)")

_NARROW = re.compile(r"gemini-(3(\.\d+)?-pro|3\.[78]-flash|4-argon|4-carbon)")
"""Models that know the levels LOW to HIGH only."""


def check_settings(body: dict[str, Any], settings: dict[str, Any], model: str) -> None:
    """Refuse numbers out of their range, and what a model does not take together."""
    where = "* GenerateContentRequest.generation_config"
    heat = settings.get("temperature")
    if heat is not None and not 0 <= heat <= 2:
        raise bad_request(f"{where}.temperature: temperature must be in the range [0.0, 2.0].\n")
    if len(settings.get("stopSequences") or ()) > 5:
        raise bad_request(f"{where}.stop_sequences: the number of stop_sequences must be <= 5.\n")
    if settings.get("responseSchema") and settings.get("responseJsonSchema"):
        raise bad_request(f"{where}: response_schema and response_json_schema are exclusive.\n")
    found = _NUMBER.search(model)
    number = float(found[1]) if found else None
    if number is None:
        return
    tools = [camel(tool) for tool in body.get("tools") or ()]
    functions = any("functionDeclarations" in tool for tool in tools)
    if number < 3 and functions and any("functionDeclarations" not in tool for tool in tools):
        raise bad_request("Tool use with function calling is unsupported")
    if number < 3 and tools and settings.get("responseMimeType") == "application/json":
        kind = "Function calling" if functions else "Tool use"
        word = "with a response mime type: 'application/json' is unsupported"
        raise bad_request(f"{kind} {word}")
    _check_thinking(camel(settings.get("thinkingConfig") or {}), model, number)


def _check_thinking(thinking: dict[str, Any], model: str, number: float) -> None:
    budget, level = thinking.get("thinkingBudget"), thinking.get("thinkingLevel")
    if level is not None and number < 3:
        raise bad_request("Thinking level is not supported for this model.")
    if level is not None and _NARROW.match(model) and str(level).upper() in ("MINIMAL", "XHIGH"):
        raise bad_request(f"Thinking level {str(level).upper()} is not supported for this model.")
    if budget is not None and number < 2.5:
        raise bad_request(f"Thinking is not enabled for models/{model}")
    if budget == 0 and "2.5-pro" in model:
        raise bad_request("Budget 0 is invalid. This model only works in thinking mode.")


def wants_signatures(model: str) -> bool:
    """Whether a model signs its function calls, and wants the signatures back."""
    return _SIGNED.search(model) is not None
