"""Token counts of a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import Usage

__all__ = ["usage_of"]


def usage_of(native: Mapping[str, Any]) -> Usage:
    """Token counts from the ``usage`` object; ``input_tokens`` counts cached ones too."""
    into = _object(native.get("input_tokens_details"))
    out = _object(native.get("output_tokens_details"))
    return Usage.of(
        native.get("input_tokens"),
        native.get("output_tokens"),
        native.get("total_tokens"),
        cached=into.get("cached_tokens"),
        cache_write=into.get("cache_write_tokens"),
        reasoning=out.get("reasoning_tokens"),
    )


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
