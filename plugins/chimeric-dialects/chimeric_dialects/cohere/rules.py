"""What Cohere refuses in the fields of a body."""

from __future__ import annotations

import re
from typing import Any

from .errors import bad_request

__all__ = ["check_fields", "check_ranges", "check_together"]


_KNOWN = frozenset(
    [
        "model",
        "messages",
        "stream",
        "tools",
        "strict_tools",
        "documents",
        "citation_options",
        "response_format",
        "safety_mode",
        "max_tokens",
        "stop_sequences",
        "temperature",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "k",
        "p",
        "logprobs",
        "tool_choice",
        "thinking",
        "priority",
        "raw_prompting",
        "return_prompt",
    ]
)


_RANGES = {
    "p": (0.01, 0.99),
    "k": (0, 500),
    "frequency_penalty": (0, 1),
    "presence_penalty": (0, 1),
}


def check_fields(body: dict[str, Any]) -> None:
    """Refuse a body with unknown fields."""
    for key in body:
        if key not in _KNOWN:
            raise bad_request(f"unknown field: parameter '{key}' is not a valid field")


def check_ranges(body: dict[str, Any]) -> None:
    """Refuse numbers out of their range."""
    for key, (low, high) in _RANGES.items():
        value = body.get(key)
        if value is not None and not low <= value <= high:
            raise bad_request(f"{key} must be between {low} and {high} inclusive")
    if len(body.get("stop_sequences") or ()) > 5:
        raise bad_request("stop_sequences may have at most 5 elements")


_CHOICELESS = re.compile(
    r"command(-light|-nightly|-light-nightly)?|command-r(-plus)?(-0[348]-2024)?|c4ai-aya-.*"
)
"""Models older than command-r7b, which take no ``tool_choice``."""


def check_together(body: dict[str, Any]) -> None:
    """Refuse what is not taken together (the types of ``cohere`` 7.3.1)."""
    beside = [key for key in ("tools", "documents") if body.get(key)]
    wanted = (body.get("response_format") or {}).get("type", "text")
    if wanted != "text" and beside:
        raise bad_request(f"response_format is not supported in combination with {beside[0]}")
    if body.get("safety_mode") not in (None, "OFF") and beside:
        raise bad_request(f"safety_mode is not supported in combination with {beside[0]}")
    if body.get("tool_choice") is not None and _CHOICELESS.fullmatch(str(body.get("model"))):
        raise bad_request("tool_choice is not supported by this model")
