"""What is charged apart from plain tokens, out of the counts as a provider sent them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from chimeric import Usage

__all__ = ["PRICES", "as_mapping", "counts"]

PRICES = {
    "cache_write_1h_tokens": "cache_write_1h_mtok",
    "input_audio_tokens": "input_audio_mtok",
    "output_audio_tokens": "output_audio_mtok",
    "output_image_tokens": "output_image_mtok",
    "web_searches": "web_searches_kcount",
    "code_executions": "code_executions_kcount",
}
"""Counts that are never charged as plain tokens -> the price that a model must have for them."""


def counts(usage: Usage, native: Mapping[str, Any]) -> dict[str, int | None]:
    """The counts under the names of genai-prices; None where one was not sent. ``sources`` are
    those of xAI's searches, for which nobody lists a price."""
    billed = as_mapping(native.get("billed_units"))
    if billed:  # Cohere counts its own hidden preamble in `tokens`, and does not charge it
        return {
            "input_tokens": _count(billed.get("input_tokens")),
            "output_tokens": _count(billed.get("output_tokens")),
        }
    return {
        "input_tokens": usage.prompt_tokens,
        "cache_read_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "output_tokens": usage.completion_tokens,
        **{name: count for name, count in _details(native).items() if count},
    }


def _details(native: Mapping[str, Any]) -> dict[str, int | None]:
    # Chat completions and Responses, Anthropic, Bedrock, Google.
    said = as_mapping(native.get("prompt_tokens_details") or native.get("input_tokens_details"))
    answered = as_mapping(
        native.get("completion_tokens_details") or native.get("output_tokens_details")
    )
    written = as_mapping(native.get("cache_creation"))
    tools = as_mapping(native.get("server_tool_use"))
    return {
        "cache_write_1h_tokens": _count(written.get("ephemeral_1h_input_tokens"))
        or _sum(native.get("cacheDetails"), "ttl", "1h", "inputTokens"),
        "input_audio_tokens": _count(said.get("audio_tokens"))
        or _sum(native.get("promptTokensDetails"), "modality", "AUDIO", "tokenCount"),
        "cache_audio_read_tokens": _sum(
            native.get("cacheTokensDetails"), "modality", "AUDIO", "tokenCount"
        ),
        "output_audio_tokens": _count(answered.get("audio_tokens"))
        or _sum(native.get("candidatesTokensDetails"), "modality", "AUDIO", "tokenCount"),
        "output_image_tokens": _count(answered.get("image_tokens"))
        or _sum(native.get("candidatesTokensDetails"), "modality", "IMAGE", "tokenCount"),
        "web_searches": _count(tools.get("web_search_requests")),
        "code_executions": _count(tools.get("code_execution_requests")),
        "sources": _count(native.get("num_sources_used")),
    }


def _sum(entries: Any, name: str, value: str, count: str) -> int:
    """The counts of those entries of a list that have one value."""
    listed = cast("list[object]", entries) if isinstance(entries, list) else []
    found = [as_mapping(entry) for entry in listed]
    return sum(_count(entry.get(count)) or 0 for entry in found if entry.get(name) == value)


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is a mapping, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value)
