"""Parts in another provider's own form, which no dict reader knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chimeric import ModelNotSupportedError

__all__ = ["left_out"]


def left_out(value: Mapping[str, Any], provider: str) -> str:
    """The sentence for a part that says nothing to the model, and so can be left out.

    Raises:
        ModelNotSupportedError: for any other: what a provider cannot take is not left out.

    Example:
        >>> left_out({"cachePoint": {"type": "default"}}, "Gemini")
        'Gemini has no cachePoint: the cache point was left out'
    """
    if "cachePoint" in value:
        return f"{provider} has no cachePoint: the cache point was left out"
    name = value.get("type") or next(iter(value), None)
    raise ModelNotSupportedError(f"{provider} takes no part {name!r} in messages")
