"""How an interaction ends: its status, its counts, its error."""

from __future__ import annotations

from typing import Any, Final

from chimeric import ErrorInfo, FinishReason, Usage
from chimeric_google.blocks.values import obj, objects
from chimeric_google.errors import event_error

__all__ = ["FINISH", "OPEN", "STOPPED", "failure", "read_usage", "remarks"]

FINISH: Final[dict[str, FinishReason]] = {
    "completed": "stop",
    "requires_action": "tool_calls",
    "incomplete": "length",
    "requires_continuation": "length",
}
"""Statuses that end an answer; every other one but those that are not final is ``other``."""

OPEN: Final = ("", "queued", "in_progress")

STOPPED: Final = ("failed", "cancelled", "budget_exceeded")
"""Statuses of which no event needs to follow but the last line."""

KNOWN: Final = (
    *("id", "status", "object", "model", "agent", "steps", "outputs", "usage", "errors", "input"),
)


def failure(told: dict[str, Any], steps: list[dict[str, Any]]) -> ErrorInfo:
    """The error of an interaction that failed: its own, or that of a step."""
    errors = objects(told.get("errors"))
    errors += [error for step in steps if (error := obj(step.get("error")))]
    return event_error({"error": errors[0] if errors else "the interaction failed"}, b"")


def read_usage(used: dict[str, Any]) -> Usage:
    """Counts of a whole interaction: tools count as input, thoughts as output."""
    thoughts = used.get("total_thought_tokens")
    prompt = (used.get("total_input_tokens") or 0) + (used.get("total_tool_use_tokens") or 0)
    completion = (used.get("total_output_tokens") or 0) + (thoughts or 0)
    cached = used.get("total_cached_tokens")
    return Usage(prompt, completion, used.get("total_tokens"), cached, None, thoughts)


def remarks(told: dict[str, Any]) -> dict[str, Any]:
    """What has no field of its own."""
    return {k: v for k, v in told.items() if k not in KNOWN and v not in (None, "", {}, [])}
