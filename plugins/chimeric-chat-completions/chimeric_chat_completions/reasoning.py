"""Reasoning of a message, under any of the names that servers give it."""

from __future__ import annotations

from typing import Any

from .lenient import items, obj

__all__ = ["reasoning_text", "words"]

FIELDS = (
    "reasoning",  # OpenRouter, Groq, Ollama, vLLM
    "reasoning_content",  # DeepSeek and most others
    "reasoning_text",  # GitHub Copilot (mnfst/llm-gateway#2125)
    "thinking",
    "thought",
    "thinking_blocks",  # LiteLLM
    "cot_summary",  # GitHub Copilot
    "reasoning_details",  # OpenRouter, Snowflake
)
"""Fields of a message, in the order in which they are looked at."""

NAMES = frozenset(FIELDS)

MEMBERS = ("text", "content", "thinking", "reasoning", "summary")
"""Members of an object in such a field that hold its text; the first that has any counts."""

DEPTH = 6
"""Lists and objects within each other, at most, in which text is looked for."""


def reasoning_text(message: dict[str, Any]) -> str:
    """What a message says in one of the fields; servers that send two send the same text twice.

    Example:
        >>> reasoning_text({"thinking": [{"type": "text", "text": "hm"}], "cot_summary": "hm"})
        'hm'
    """
    if NAMES.isdisjoint(message):
        return ""
    return next((found for name in FIELDS if (found := words(message.get(name)))), "")


def words(value: Any, depth: int = DEPTH) -> str:
    """The text in a value: text itself, an object that holds some, or a list of these."""
    if isinstance(value, str):
        return value
    if not value or not depth:
        return ""
    if isinstance(value, list):
        return "".join(words(item, depth - 1) for item in items(value))
    members = obj(value)
    return next((said for name in MEMBERS if (said := words(members.get(name), depth - 1))), "")
