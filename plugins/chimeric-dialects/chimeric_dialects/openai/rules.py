"""Rules that OpenAI's two protocols share."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.json_values import is_object
from chimeric_dialects.problems import Problem

from .errors import TYPE_NAMES, invalid_type, missing_parameter
from .strict_schema import strict_complaint

__all__ = [
    "check_effort",
    "check_image_url",
    "check_metadata",
    "check_reasoning_limits",
    "check_strict",
    "check_tool_name",
    "check_tool_schema",
    "expect",
    "is_official",
    "is_reasoning",
    "unknown_tool_choice",
]

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def is_official(model: str) -> bool:
    """Whether a model is OpenAI's own, and refuses what OpenAI does not know."""
    return model.startswith(("gpt-", "o1", "o3", "o4")) and "oss" not in model


_ALWAYS = re.compile(r"o\d|gpt-5(?!\.[1-4])|gpt-[6-9]")
"""Models that reason unless they are told not to."""


_WHERE_ASKED = re.compile(r"gpt-5\.[1-4]")


def is_reasoning(model: str) -> bool:
    """Whether a model can reason, and takes reasoning items back."""
    return bool(_ALWAYS.match(model) or _WHERE_ASKED.match(model))


def expect(body: dict[str, Any], key: str, kind: type, missing: str | None) -> Any:
    """``body[key]``, checked; null counts as absent.

    Raises:
        Problem: for a wrong type, and for an absent value where ``missing`` words the error.
    """
    value = body.get(key)
    if value is None:
        if missing is not None:
            raise Problem("bad_request", missing, param=key, code="missing_required_parameter")
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid_type(key, TYPE_NAMES[kind.__name__], value)
    return value


def check_tool_name(name: object, path: str) -> str:
    """A name of a tool or schema, checked: 1 to 64 of ``[a-zA-Z0-9_-]``."""
    if name is None:
        raise missing_parameter(path)
    if not isinstance(name, str):
        raise invalid_type(path, "a string", name)
    if not _TOOL_NAME.fullmatch(name):
        message = (
            f"Invalid '{path}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'."
        )
        raise Problem("bad_request", message, param=path, code="invalid_value")
    if len(name) > 64:
        message = (
            f"Invalid '{path}': string too long. Expected a string with maximum length 64, but "
            f"got a string with length {len(name)} instead."
        )
        raise Problem("bad_request", message, param=path, code="string_above_max_length")
    return name


def check_tool_schema(name: str, schema: object, path: str) -> None:
    """A tool's parameters must be an object schema."""
    kind = schema.get("type") if is_object(schema) else None
    if kind != "object":
        message = (
            f"Invalid schema for function '{name}': schema must be a JSON Schema of "
            f"'type: \"object\"', got 'type: \"{kind}\"'."
        )
        raise Problem("bad_request", message, param=path, code="invalid_function_parameters")


def check_strict(schema: object, what: str, path: str) -> None:
    """A strict schema must keep to the subset."""
    complaint = strict_complaint(schema)
    if complaint:
        code = (
            "invalid_function_parameters" if what.startswith("function") else "invalid_json_schema"
        )
        message = f"Invalid schema for {what}: {complaint}"
        raise Problem("bad_request", message, param=path, code=code)


def unknown_tool_choice(choice: str) -> Problem:
    """A tool choice that does not exist."""
    message = f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'."
    return Problem("bad_request", message, param="tool_choice", code="invalid_value")


def check_reasoning_limits(model: str, body: dict[str, Any], effort: str | None) -> None:
    """What models refuse while they reason: sampling, and ``max_tokens`` always."""
    reasons = _ALWAYS.match(model) is not None
    optional = _WHERE_ASKED.match(model) is not None
    if (reasons or optional) and body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead."
        )
        raise Problem("bad_request", message, param="max_tokens", code="unsupported_parameter")
    check_effort(model, effort)
    thinking = effort != "none" if reasons else optional and effort not in (None, "none")
    if not thinking:
        if effort not in (None, "none") and not (reasons or optional):
            message = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
            raise Problem(
                "bad_request", message, param="reasoning_effort", code="unsupported_parameter"
            )
        return
    # The guide to reasoning.
    for key in ("presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs"):
        if body.get(key):
            message = f"Unsupported parameter: '{key}' is not supported with this model."
            raise Problem("bad_request", message, param=key, code="unsupported_parameter")
    for key in ("temperature", "top_p"):
        if body.get(key) not in (None, 1):
            message = (
                f"Unsupported value: '{key}' does not support {body[key]} with this model. Only "
                "the default (1) value is supported."
            )
            raise Problem("bad_request", message, param=key, code="unsupported_value")
    if body.get("stop") is not None and not model.startswith("o1"):
        message = "Unsupported parameter: 'stop' is not supported with this model."
        raise Problem("bad_request", message, param="stop", code="unsupported_parameter")


_EFFORTS = (
    (re.compile(r"o\d"), ("low", "medium", "high")),
    (re.compile(r"gpt-5(-mini|-nano)?(-20\d\d.*)?$"), ("minimal", "low", "medium", "high")),
    (
        re.compile(r"gpt-6-astra|gpt-6\.1-sol"),
        ("minimal", "low", "medium", "high", "xhigh", "max"),
    ),
)
"""The levels of families that do not know all of them (pydantic-ai's profiles)."""


def check_effort(model: str, effort: str | None) -> None:
    """A level that the model does not know."""
    known = next((levels for name, levels in _EFFORTS if name.match(model)), None)
    if effort is None or known is None or effort in known:
        return
    names = ", ".join(f"'{level}'" for level in known)
    message = (
        f"Unsupported value: '{effort}' is not supported with the '{model}' model. Supported "
        f"values are: {names}."
    )
    raise Problem("bad_request", message, param="reasoning_effort", code="unsupported_value")


def check_metadata(body: dict[str, Any]) -> None:
    """At most 16 pairs, of 64 and 512 characters."""
    pairs: dict[str, Any] = body.get("metadata") or {}
    place, problem = "metadata", ""
    if len(pairs) > 16:
        problem = "too many properties. Expected an object with at most 16 properties"
    for key, value in pairs.items():
        if len(key) > 64 or len(str(value)) > 512:
            place, problem = f"metadata.{key}", "string too long"
    if problem:
        raise Problem("bad_request", f"Invalid '{place}': {problem}.", param=place)


def check_image_url(url: Any, place: str, *, official: bool) -> None:
    """An image is a web address or a base64 data URL of a picture.

    OpenAI's own models take four formats (its guide "Images and vision").
    """
    if not isinstance(url, str):
        raise missing_parameter(place)
    if url.startswith("data:"):
        if not url.startswith("data:image/") or ";base64," not in url:
            text = f"Invalid '{place}': expected a base64-encoded data URL with an image MIME type."
            raise Problem("bad_request", text, param=place, code="invalid_value")
        if official and url[11:].partition(";")[0] not in ("png", "jpeg", "gif", "webp"):
            text = (
                "You uploaded an unsupported image. Please make sure your image has of one the "
                "following formats: ['png', 'jpeg', 'gif', 'webp']."
            )
            raise Problem("bad_request", text, param=place, code="invalid_image_format")
    elif not url.startswith(("http://", "https://")):
        text = f"Failed to download image from {url}. Image URL is not a valid URL."
        raise Problem("bad_request", text, param=place, code="invalid_image_url")
