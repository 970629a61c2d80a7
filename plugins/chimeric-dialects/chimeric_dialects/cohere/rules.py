"""What Cohere refuses in the fields of a body."""

from __future__ import annotations

from typing import Any

from .errors import bad_request

__all__ = ["check_fields", "check_ranges"]


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
