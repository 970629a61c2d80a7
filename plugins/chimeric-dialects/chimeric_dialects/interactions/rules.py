"""What the Interactions API takes, as the types of google-genai 3.6.1 have it."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.problems import Problem

from .errors import invalid

__all__ = ["check_body", "check_format", "check_settings"]

_BODY = frozenset(
    (
        *("model", "agent", "agent_config", "background", "cached_content", "continuation_token"),
        *("environment", "generation_config", "input", "labels", "previous_interaction_id"),
        *("response_format", "response_mime_type", "response_modalities", "safety_settings"),
        *("service_tier", "store", "stream", "system_instruction", "tools", "webhook_config"),
    )
)
_OF_MODELS = ("generation_config", "response_format", "cached_content")
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("model", "agent", "cached_content", "continuation_token"), str),
    **dict.fromkeys(("previous_interaction_id", "system_instruction", "service_tier"), str),
    **dict.fromkeys(("background", "store", "stream"), bool),
    **dict.fromkeys(("agent_config", "generation_config", "labels", "webhook_config"), dict),
    **dict.fromkeys(("response_modalities", "safety_settings", "tools"), list),
    "response_format": (dict, list),
    "input": (str, dict, list),
}
_SETTINGS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("max_output_tokens", "seed", "top_k"), int),
    **dict.fromkeys(("temperature", "top_p"), (int, float)),
    **dict.fromkeys(("thinking_level", "thinking_summaries"), str),
    **dict.fromkeys(("image_config", "transcription_config", "video_config"), dict),
    "speech_config": (dict, list),
    "stop_sequences": list,
    "tool_choice": (str, dict),
}
_WORDS = {
    "thinking_level": ("minimal", "low", "medium", "high", "xhigh"),
    "thinking_summaries": ("auto", "none"),
}


def check_body(body: dict[str, Any], *, strict: bool) -> None:
    """Refuse fields that do not exist, values of a wrong type, and what agents do not take."""
    for name, value in body.items():
        if name not in _BODY:
            if strict:
                raise Problem("bad_request", f"Unknown parameter '{name}'.")
        elif name in _TYPES and not isinstance(value, _TYPES[name]):
            raise invalid(name)
    if ("model" in body) == ("agent" in body):
        raise Problem("bad_request", "Exactly one of 'model' and 'agent' must be specified.")
    if "agent" in body:
        for name in _OF_MODELS:
            if name in body:
                message = f"'{name}' is not supported when 'agent' is specified."
                raise Problem("bad_request", message)
    if body.get("background") and body.get("store") is False:
        raise Problem("bad_request", "'background' requires 'store'.")
    if "input" not in body and "continuation_token" not in body:
        raise Problem("bad_request", "Missing required parameter 'input'.")


def check_settings(settings: dict[str, Any], *, strict: bool) -> None:
    """Refuse what ``generation_config`` does not take."""
    for name, value in settings.items():
        place = f"generation_config.{name}"
        if name not in _SETTINGS:
            if strict:
                raise Problem("bad_request", f"Unknown parameter '{place}'.")
        elif (
            not isinstance(value, _SETTINGS[name])
            or isinstance(value, bool)
            or (name in _WORDS and value not in _WORDS[name])
        ):
            raise invalid(place)
    if not 0 <= settings.get("temperature", 1) <= 2:
        raise invalid("generation_config.temperature")
    if not 0 <= settings.get("top_p", 1) <= 1:
        raise invalid("generation_config.top_p")
    if settings.get("max_output_tokens", 1) < 1:
        raise invalid("generation_config.max_output_tokens")
    stops = settings.get("stop_sequences", ())
    if not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid("generation_config.stop_sequences")


def check_format(given: Any) -> dict[str, Any] | None:
    """The schema that an answer must fit, ``{}`` for any JSON; None where it is free."""
    schema: dict[str, Any] | None = None
    for place, one in enumerate(given if is_array(given) else [given]):
        at = f"response_format[{place}]" if is_array(given) else "response_format"
        if not is_object(one) or one.get("type") not in ("text", "image", "audio", "video"):
            raise invalid(f"{at}.type")
        if one["type"] != "text":
            continue
        kind = one.get("mime_type", "text/plain")
        if kind not in ("text/plain", "application/json"):
            raise invalid(f"{at}.mime_type")
        found = one.get("schema")
        if found is not None and (kind != "application/json" or not is_object(found)):
            raise invalid(f"{at}.schema")
        if kind == "application/json":
            schema = found or {}
    return schema
