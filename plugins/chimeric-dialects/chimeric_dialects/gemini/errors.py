"""Errors as Google's services word them."""

from __future__ import annotations

import json
from typing import Any

from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply

__all__ = ["bad_request", "gemini_error", "gemini_refusal"]


_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (403, "PERMISSION_DENIED"),
    "bad_key": (400, "INVALID_ARGUMENT"),
    "permission": (403, "PERMISSION_DENIED"),
    "not_found": (404, "NOT_FOUND"),
    "unknown_model": (404, "NOT_FOUND"),
    "bad_request": (400, "INVALID_ARGUMENT"),
    "malformed": (400, "INVALID_ARGUMENT"),
    "method": (405, "INVALID_ARGUMENT"),
    "rate_limit": (429, "RESOURCE_EXHAUSTED"),
    "server": (500, "INTERNAL"),
    "overloaded": (503, "UNAVAILABLE"),
}


_MESSAGES = {
    "missing_key": (
        "Method doesn't allow unregistered callers (callers without established identity). Please "
        "use API Key or other form of API consumer identity to call this API."
    ),
    "bad_key": "API key not valid. Please pass a valid API key.",
    "unknown_model": (
        "models/{0} is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their supported "
        "methods."
    ),
    "malformed": "Invalid JSON payload received. {0}",
}


_JSON = {"content-type": "application/json; charset=UTF-8"}


def bad_request(message: str) -> Problem:
    """An INVALID_ARGUMENT."""
    return Problem("bad_request", message)


def gemini_error(problem: Problem) -> dict[str, Any]:
    status, name = _KINDS[problem.kind]
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    error: dict[str, Any] = {"code": problem.status or status, "message": message, "status": name}
    if problem.kind == "bad_key":
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"},
        }
        error["details"] = [info]
    return {"error": error}


def gemini_refusal(problem: Problem) -> Reply:
    """The reply of an error; how long to wait is told in its body."""
    error = gemini_error(problem)
    if problem.retry_after is not None:
        retry = {
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": f"{problem.retry_after:g}s",
        }
        error["error"]["details"] = [retry]
    body = json.dumps(error, indent=2, ensure_ascii=False).encode() + b"\n"
    return Reply(status=error["error"]["code"], headers=_JSON, body=body)
