"""Words for the end of an answer, of Ollama and of servers that speak its protocol."""

from __future__ import annotations

from typing import Final

from chimeric import FinishReason

FINISH: Final[dict[str, FinishReason]] = {"stop": "stop", "length": "length"}
"""Ollama's own words. ``load`` and ``unload`` are ``other``: there is no answer then."""

ADOPTED: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(
        ("end", "eos", "eos_token", "end_turn", "stop_sequence", "complete", "completed"), "stop"
    ),
    **dict.fromkeys(("max_tokens", "max_output_tokens", "max_length"), "length"),
    **dict.fromkeys(("tool_calls", "tool_call", "tool_use", "function_call"), "tool_calls"),
    **dict.fromkeys(("content_filter", "safety", "sensitive"), "content_filter"),
}
"""Words of other protocols, which cloud models and gateways put through."""

WORDS: Final[dict[str, FinishReason]] = {**ADOPTED, **FINISH}

NONE: Final = ("", "null", "none", "undefined", "unspecified")
"""Words that say that there is no reason."""


def finish_reason(native: object) -> FinishReason | None:
    """The unified reason for a word; None where it tells none.

    Example:
        >>> finish_reason("stop"), finish_reason("unload"), finish_reason("")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().lower()
    return None if word in NONE else WORDS.get(word, "other")
