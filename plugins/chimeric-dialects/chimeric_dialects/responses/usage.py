"""Token counts of a response."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Usage

__all__ = ["usage_of"]


def usage_of(usage: Usage) -> dict[str, Any]:
    """The counts; every one is a number, since clients read them as such."""
    cached = {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write}
    return {
        "input_tokens": usage.input,
        "input_tokens_details": cached,
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
