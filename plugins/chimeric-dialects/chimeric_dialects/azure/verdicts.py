"""What content filters find in simulated prompts and answers."""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["PROMPT", "SAFE", "STOPPED", "blocked", "passed"]

_SAFE = {"filtered": False, "severity": "safe"}

SAFE: dict[str, Any] = dict.fromkeys(("hate", "self_harm", "sexual", "violence"), _SAFE)
"""Nothing was found in the answer."""

PROMPT: dict[str, Any] = {**SAFE, "jailbreak": {"filtered": False, "detected": False}}
"""Nothing was found in the prompt."""

STOPPED: dict[str, Any] = {**SAFE, "violence": {"filtered": True, "severity": "high"}}
"""What stops a prompt or an answer."""

Source = Literal["prompt", "completion"]


def passed(source: Source, end: int) -> dict[str, Any]:
    """A verdict of the Responses API on so many characters that are fine."""
    results = PROMPT if source == "prompt" else SAFE
    return _entry(source, results, end, blocked=False)


def blocked(source: Source, end: int = 0) -> dict[str, Any]:
    """The same on what is stopped."""
    return _entry(source, STOPPED, end, blocked=True)


def _entry(source: Source, results: dict[str, Any], end: int, *, blocked: bool) -> dict[str, Any]:
    return {
        "blocked": blocked,
        "source_type": source,
        "content_filter_raw": [],
        "content_filter_results": results,
        "content_filter_offsets": {"start_offset": 0, "end_offset": end, "check_offset": 0},
    }
