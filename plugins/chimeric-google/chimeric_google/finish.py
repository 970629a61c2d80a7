"""Words for the end of an answer, of Gemini and of proxies that speak its protocol."""

from __future__ import annotations

from typing import Final

from chimeric import FinishReason

FINISH: Final[dict[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    # The model stopped at a checkpoint that a further request could resume.
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
            "ESCALATION",
            "PUP_LIMITED_DISABLED",
        ),
        "content_filter",
    ),
}
"""Google's own words. Every other one is ``other``: with ``MALFORMED_FUNCTION_CALL``,
``UNEXPECTED_TOOL_CALL`` and the like Google disowns what came before it."""

ADOPTED: Final[dict[str, FinishReason]] = {
    **dict.fromkeys(("END_TURN", "END", "EOS", "STOP_SEQUENCE", "COMPLETE", "COMPLETED"), "stop"),
    **dict.fromkeys(("LENGTH", "MAX_OUTPUT_TOKENS", "MAX_LENGTH"), "length"),
    **dict.fromkeys(("TOOL_CALLS", "TOOL_CALL", "TOOL_USE", "FUNCTION_CALL"), "tool_calls"),
    **dict.fromkeys(("CONTENT_FILTER", "SENSITIVE"), "content_filter"),
}
"""Words of other protocols, which proxies put through."""

WORDS: Final[dict[str, FinishReason]] = {**ADOPTED, **FINISH}

NONE: Final = ("", "NULL", "NONE", "UNDEFINED", "UNSPECIFIED", "FINISH_REASON_UNSPECIFIED")
"""Words that say that there is no reason yet."""

RANK: Final[tuple[FinishReason, ...]] = (
    "content_filter",
    "length",
    "other",
    "tool_calls",
    "stop",
)
"""Reasons by what they say of an answer of several candidates: the worst first."""


def finish_reason(native: object) -> FinishReason | None:
    """The unified reason for a word; None where it tells none.

    Example:
        >>> finish_reason("stop"), finish_reason("LANGUAGE"), finish_reason("")
        ('stop', 'other', None)
    """
    if not isinstance(native, str):
        return None
    word = native.strip().upper()
    return None if word in NONE else WORDS.get(word, "other")
