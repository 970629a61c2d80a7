"""Errors as Ollama words them."""

from __future__ import annotations

from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["cannot_unmarshal", "ollama_refusal"]


_STATUS = {
    "bad_key": 401,
    "permission": 403,
    "not_found": 404,
    "unknown_model": 404,
    "method": 405,
    "rate_limit": 429,
    "server": 500,
    "overloaded": 503,
}


def cannot_unmarshal(value: object, field: str, go_type: str) -> Problem:
    """What Go's JSON decoder says about a value of a wrong type."""
    names = {"str": "string", "list": "array", "dict": "object", "bool": "bool"}
    kind = names.get(type(value).__name__, "number")
    message = f"json: cannot unmarshal {kind} into Go struct field {field} of type {go_type}"
    return Problem("bad_request", message)


def ollama_refusal(problem: Problem) -> Reply:
    """The reply of an error."""
    message = problem.message
    if problem.kind == "unknown_model":
        message = f"model '{message}' not found"
    elif problem.kind == "bad_key":
        message = "unauthorized"
    status = problem.status or _STATUS.get(problem.kind, 400)
    headers = {"content-type": "application/json; charset=utf-8"}
    return json_reply(status, {"error": message}, headers)
