"""Anthropic's token counts as unified usage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from chimeric import Usage

from .values import as_object


def unified_usage(native: Mapping[str, Any], *, final: bool) -> Usage:
    """Unified counts of a ``usage`` object.

    ``input_tokens`` leaves cache reads and writes out, so the three are added up. Before the
    final counts (``final=False``) ``output_tokens`` is a placeholder of the server: it is not
    passed on, and the source is ``partial``.
    """
    read = _count(native.get("cache_read_input_tokens"))
    write = _count(native.get("cache_creation_input_tokens"))
    prompt = _count(native.get("input_tokens"))
    if prompt is not None:
        prompt += (read or 0) + (write or 0)
    thinking = as_object(native.get("output_tokens_details")).get("thinking_tokens")
    usage = Usage.of(
        prompt,
        _count(native.get("output_tokens")) if final else None,
        cached=read,
        cache_write=write,
        reasoning=_count(thinking) if final else None,
    )
    return usage if final else msgspec.structs.replace(usage, source="partial")


def overlay(start: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Counts are cumulative: later ones replace, absent and null ones keep what stood there."""
    return {**start, **{name: value for name, value in later.items() if value is not None}}


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and value == value else None
