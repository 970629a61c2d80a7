"""Words for the end of a message, of Anthropic and of servers that speak its protocol."""

from __future__ import annotations

from typing import Final

from chimeric import FinishReason

FINISH: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "pause_turn": "pause",
    "compaction": "pause",
}
"""Anthropic's own words."""

ADOPTED: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(
        ("stop", "end", "endturn", "eos", "eos_token", "complete", "completed"), "stop"
    ),
    **dict.fromkeys(
        ("length", "max_length", "model_length", "max_output_tokens", "context_window_exceeded"),
        "length",
    ),
    **dict.fromkeys(("tool_calls", "tool_call", "function_call"), "tool_calls"),
    **dict.fromkeys(
        (
            "sensitive",  # Z.ai
            "content_filter",
            "content_filtered",
            "guardrail_intervened",
            "safety",
        ),
        "content_filter",
    ),
    **dict.fromkeys(("pause", "pause_after_compaction"), "pause"),
}
"""Words of other protocols, which servers that answer in Anthropic's put through. All others
(``error``, ``abort``, ``network_error``) are ``other``: nothing says that the answer is whole."""

WORDS: Final[dict[str, FinishReason]] = {**ADOPTED, **FINISH}

NONE: Final = ("", "null", "none", "undefined", "unspecified")
"""Words that say that there is no reason."""


def finish_reason(native: object) -> FinishReason | None:
    """The unified reason for a server's word; None where it tells none.

    Example:
        >>> finish_reason("END_TURN"), finish_reason("abort"), finish_reason("null")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().lower()
    return None if word in NONE else WORDS.get(word, "other")
