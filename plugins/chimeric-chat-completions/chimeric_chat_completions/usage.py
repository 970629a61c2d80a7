"""Token counts, in every form that servers of this protocol send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import Usage

from .lenient import number, obj

__all__ = ["read_usage"]


def read_usage(native: Mapping[str, Any]) -> Usage:
    """Unify a ``usage`` object.

    Some servers leave reasoning tokens out of ``completion_tokens`` (their total shows it) or
    cached tokens out of ``prompt_tokens``; both are added back here. Some count more reasoning
    than output tokens; that count is cut to the output.

    Example:
        >>> read_usage({"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 303,
        ...             "completion_tokens_details": {"reasoning_tokens": 290}}).completion_tokens
        291
    """
    details = obj(native.get("prompt_tokens_details"))
    spent = obj(native.get("completion_tokens_details"))
    prompt, completion = (
        number(native.get("prompt_tokens")),
        number(native.get("completion_tokens")),
    )
    total = number(native.get("total_tokens"))
    cached = _first(
        details.get("cached_tokens"),
        native.get("prompt_cache_hit_tokens"),
        native.get("cached_tokens"),
    )
    reasoning = _first(spent.get("reasoning_tokens"), native.get("reasoning_tokens"))
    if prompt is not None and cached is not None and cached > prompt:
        prompt += cached
    if reasoning and completion is not None:
        if total is not None and prompt is not None and total == prompt + completion + reasoning:
            completion += reasoning
        reasoning = min(reasoning, completion)
    written = _first(details.get("cache_write_tokens"))
    return Usage.of(
        prompt, completion, total, cached=cached, cache_write=written, reasoning=reasoning
    )


def _first(*values: Any) -> float | None:
    return next((value for value in map(number, values) if value is not None), None)
