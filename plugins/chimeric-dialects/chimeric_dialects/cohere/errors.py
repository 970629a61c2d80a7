"""Errors as Cohere words them, and headers of its replies."""

from __future__ import annotations

import uuid

from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["bad_request", "cohere_headers", "cohere_refusal"]


_STATUS = {
    "missing_key": 401,
    "bad_key": 401,
    "permission": 403,
    "not_found": 404,
    "unknown_model": 404,
    "bad_request": 400,
    "malformed": 400,
    "method": 405,
    "rate_limit": 429,
    "server": 500,
    "overloaded": 503,
}


_MESSAGES = {
    "missing_key": "no api key supplied",
    "bad_key": "invalid api token",
    "unknown_model": (
        "model '{0}' not found, make sure the correct model ID was used and that you have access "
        "to the model."
    ),
    "malformed": "invalid request: invalid JSON: {0}",
}


def bad_request(message: str) -> Problem:
    """A 400."""
    return Problem("bad_request", f"invalid request: {message}")


def cohere_headers() -> dict[str, str]:
    """Headers of every reply: the request's id."""
    return {"x-debug-trace-id": uuid.uuid4().hex}


def cohere_refusal(problem: Problem) -> Reply:
    """The reply of an error."""
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    body = {"id": str(uuid.uuid4()), "message": message}
    return json_reply(problem.status or _STATUS[problem.kind], body, cohere_headers())
