"""Streams and answers from before the revision of 2026-05-20, as those of today.

They tell of contents where today's tell of steps, and of calls in one piece.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["EVENTS", "modern", "step_of"]

EVENTS: Final = {
    "interaction.start": "interaction.created",
    "interaction.complete": "interaction.completed",
    "content.start": "step.start",
    "content.delta": "step.delta",
    "content.stop": "step.stop",
}

CONTENT: Final = ("text", "image", "audio", "video", "document")


def modern(told: dict[str, Any]) -> dict[str, Any]:
    """An event under today's name; others as they are."""
    name = EVENTS.get(told.get("event_type") or "")
    if name is None:
        return told
    renamed = {**told, "event_type": name}
    if name == "step.start":
        renamed["step"] = step_of(told.get("content") or {})
    return renamed


def step_of(content: dict[str, Any]) -> dict[str, Any]:
    """A content of those as a step."""
    if content.get("type") not in CONTENT:
        return content
    bare = not content.keys() - {"type"}
    return {"type": "model_output", **({} if bare else {"content": [content]})}
