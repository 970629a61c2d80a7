"""Words for the end of an answer, of Cohere and of gateways that speak its protocol."""

from __future__ import annotations

from typing import Final

from chimeric import FinishReason

FINISH: Final[dict[str, FinishReason]] = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
"""Cohere's own words for what is no failure. ``ERROR``, ``TIMEOUT``, ``ERROR_LIMIT`` and
``USER_CANCEL`` are ``other``, and errors where a text says what failed."""

ADOPTED: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(("STOP", "END_TURN", "EOS", "EOS_TOKEN", "END", "COMPLETED"), "stop"),
    **dict.fromkeys(("LENGTH", "MAX_OUTPUT_TOKENS", "MAX_LENGTH"), "length"),
    **dict.fromkeys(("TOOL_CALLS", "TOOL_USE", "FUNCTION_CALL"), "tool_calls"),
    **dict.fromkeys(("CONTENT_FILTER", "SAFETY", "SENSITIVE"), "content_filter"),
}
"""Words of other protocols, which gateways put through."""

WORDS: Final[dict[str, FinishReason]] = {**ADOPTED, **FINISH}

NONE: Final = ("", "NULL", "NONE", "UNDEFINED", "UNSPECIFIED", "FINISH_REASON_UNSPECIFIED")
"""Words that say that there is no reason."""


def finish_reason(native: object) -> FinishReason | None:
    """The unified reason for a word; None where it tells none.

    Example:
        >>> finish_reason("complete"), finish_reason("USER_CANCEL"), finish_reason("null")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().upper()
    return None if word in NONE else WORDS.get(word, "other")
