"""Errors as the Interactions API words them: a word for a code, where others have a number."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.gemini.errors import gemini_refusal
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["invalid", "refusal", "told"]

_KINDS: dict[str, tuple[int, str]] = {
    "not_found": (404, "not_found"),
    "unknown_model": (404, "not_found"),
    "bad_request": (400, "invalid_request"),
    "rate_limit": (429, "too_many_requests"),
    "permission": (403, "permission_denied"),
    "server": (500, "internal"),
    "overloaded": (503, "unavailable"),
}
"""Status and word. What is not here, the gateway in front answers as it does for all of Gemini."""


def invalid(place: str) -> Problem:
    """A value that is not taken, in the words of a recorded reply."""
    return Problem("bad_request", f"Invalid input at '{place}'.")


def told(problem: Problem) -> dict[str, Any]:
    """The body of an error, which an event has too."""
    _, word = _KINDS.get(problem.kind, (500, "internal"))
    message = problem.message
    if problem.kind == "unknown_model":
        message = f"Model '{message}' not found."
    return {"error": {"code": word, "message": message}}


def refusal(problem: Problem) -> Reply:
    """The error reply."""
    if problem.kind not in _KINDS:
        return gemini_refusal(problem)
    status, _ = _KINDS[problem.kind]
    return json_reply(problem.status or status, told(problem))
