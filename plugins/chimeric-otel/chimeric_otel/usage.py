"""Token counts as the conventions want them: what is billed, and of which modality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from chimeric import Usage

__all__ = ["billed", "by_modality", "usage_attributes"]

MODALITIES = ("text", "image", "audio", "video")
LISTS = {"input": "promptTokensDetails", "output": "candidatesTokensDetails"}
MAPPINGS = {
    "input": ("prompt_tokens_details", "input_tokens_details"),
    "output": ("completion_tokens_details", "output_tokens_details"),
}


def billed(usage: Usage, native: object) -> Usage:
    """The counts that the customer pays, where a provider tells two (Cohere's ``billed_units``)."""
    told = _mapping(_mapping(native).get("billed_units"))
    counts = [_count(told.get(name)) for name in ("input_tokens", "output_tokens")]
    if counts == [None, None]:
        return usage
    prompt, answer = counts
    total = prompt + answer if prompt is not None and answer is not None else None
    return msgspec.structs.replace(
        usage, prompt_tokens=prompt, completion_tokens=answer, total_tokens=total
    )


def by_modality(total: int, native: object, direction: str) -> dict[str, int]:
    """The tokens of each modality; what the provider does not assign to one is ``unknown``.

    Args:
        total: all tokens of this direction.
        native: the counts as the provider sent them.
        direction: ``input`` or ``output``.
    """
    counts: dict[str, int] = {}
    for name, count in _told(_mapping(native), direction):
        if name in MODALITIES and count:
            counts[name] = counts.get(name, 0) + count
    rest = total - sum(counts.values())
    if rest < 0:
        return {"unknown": total}  # they do not add up: nothing is said of the parts
    return {**counts, "unknown": rest} if rest or not counts else counts


def usage_attributes(usage: Usage, native: object, former: bool) -> dict[str, Any]:
    """The attributes of a span; counts that the provider did not send are left out."""
    usage = billed(usage, native)
    told: dict[str, Any] = {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.cache_write.input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
    }
    if former:
        told["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write_tokens
    for direction, total in (("input", usage.prompt_tokens), ("output", usage.completion_tokens)):
        for name, count in by_modality(total or 0, native, direction).items():
            if name != "unknown":
                told[f"gen_ai.usage.{name}.{direction}_tokens"] = count
    return {name: count for name, count in told.items() if count is not None}


def _told(native: Mapping[str, Any], direction: str) -> Iterator[tuple[str, int]]:
    """Modalities and counts, as Google, and as chat completions and Responses tell them."""
    entries: Any = native.get(LISTS[direction])
    for entry in cast("list[object]", entries) if isinstance(entries, list) else ():
        told = _mapping(entry)
        yield str(told.get("modality")).lower(), _count(told.get("tokenCount")) or 0
    for name in MAPPINGS[direction]:
        told = _mapping(native.get(name))
        for modality in MODALITIES:
            yield modality, _count(told.get(f"{modality}_tokens")) or 0


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value)
