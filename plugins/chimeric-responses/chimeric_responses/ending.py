"""How a response ended: its status, and the unified reason."""

from __future__ import annotations

from collections.abc import Iterable

from chimeric import FinishReason

from .output import OutputItem
from .wire import ResponseObject

__all__ = ["ending_of", "reason_of"]

UNFINISHED: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "length": "length",
    "content_filter": "content_filter",
}
"""Reasons of an ``incomplete`` response; others (``max_tool_calls``) become ``other``."""

UNENDED = ("queued", "in_progress")
"""Statuses of a response that goes on: servers leave them in its last event."""


def ending_of(status: str | None, word: str) -> str:
    """How a response ended: the worse of what its status and the event's name say.

    Example:
        >>> ending_of("completed", "incomplete"), ending_of("in_progress", "completed")
        ('incomplete', 'completed')
    """
    if not status or status in UNENDED or word in ("failed", "incomplete", "cancelled"):
        return word
    return status


def reason_of(status: str, response: ResponseObject, items: Iterable[OutputItem]) -> FinishReason:
    """The unified reason; only ``completed`` is known to be a good end."""
    if status != "completed":
        return UNFINISHED.get(str((response.incomplete_details or {}).get("reason")), "other")
    listed = list(items)
    if any(item.refusal for item in listed):
        return "refusal"
    return "tool_calls" if any(i.asks and not i.cut for i in listed) else "stop"
