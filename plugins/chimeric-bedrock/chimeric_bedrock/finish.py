"""Words for the end of an answer, of Converse and of gateways that speak it."""

from __future__ import annotations

from typing import Final

from chimeric import FinishReason

FINISH: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "compaction": "pause",
}
"""Words of Converse and of the models behind it. ``malformed_model_output`` and
``malformed_tool_use`` are ``other``: the service disowns what it sent."""

ADOPTED: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(("stop", "end", "eos", "complete", "completed", "finish"), "stop"),
    **dict.fromkeys(("length", "max_output_tokens", "max_length"), "length"),
    **dict.fromkeys(("tool_calls", "tool_call", "function_call"), "tool_calls"),
    **dict.fromkeys(("content_filter", "sensitive", "safety"), "content_filter"),
}
"""Words of other protocols, which gateways and imported models put through."""

WORDS: Final[dict[str, FinishReason]] = {**ADOPTED, **FINISH}

NONE: Final = ("", "null", "none", "undefined", "unspecified")
"""Words that say that there is no reason."""


def finish_reason(native: object) -> FinishReason | None:
    """The unified reason for a word; None where it tells none.

    Example:
        >>> finish_reason("END_TURN"), finish_reason("malformed_tool_use"), finish_reason("")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().lower()
    return None if word in NONE else WORDS.get(word, "other")
