"""Errors as Anthropic words them, and headers of its replies."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.ids import make_id
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["anthropic_error", "anthropic_headers", "anthropic_refusal", "bad_request"]


_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (401, "authentication_error"),
    "bad_key": (401, "authentication_error"),
    "permission": (403, "permission_error"),
    "not_found": (404, "not_found_error"),
    "unknown_model": (404, "not_found_error"),
    "bad_request": (400, "invalid_request_error"),
    "malformed": (400, "invalid_request_error"),
    "method": (405, "invalid_request_error"),
    "rate_limit": (429, "rate_limit_error"),
    "server": (500, "api_error"),
    "overloaded": (529, "overloaded_error"),
}


_MESSAGES = {
    "missing_key": "x-api-key header is required",
    "bad_key": "invalid x-api-key",
    "unknown_model": "model: {0}",
    "malformed": "The request body is not valid JSON: {0}",
}


def bad_request(path: str, message: str) -> Problem:
    """A 400 that begins with where."""
    return Problem("bad_request", f"{path}: {message}" if path else message)


def anthropic_headers() -> dict[str, str]:
    """Headers of every reply: the request's id."""
    return {"request-id": make_id("req_011C", 20)}


def anthropic_error(problem: Problem, request_id: str) -> dict[str, Any]:
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    error = {"type": _KINDS[problem.kind][1], "message": message}
    return {"type": "error", "error": error, "request_id": request_id}


def anthropic_refusal(problem: Problem) -> Reply:
    """The reply of an error."""
    status = problem.status or _KINDS[problem.kind][0]
    headers = anthropic_headers()
    return json_reply(status, anthropic_error(problem, headers["request-id"]), headers)
