"""Errors as OpenAI words them, and headers of its replies."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.ids import make_id
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = [
    "invalid_type",
    "missing_parameter",
    "openai_error",
    "openai_headers",
    "openai_refusal",
]

TYPE_NAMES = {
    "str": "a string",
    "int": "an integer",
    "bool": "a boolean",
    "list": "an array",
    "dict": "an object",
    "float": "a decimal",
    "NoneType": "null",
}


_KINDS: dict[str, tuple[int, str, str | None]] = {
    "missing_key": (401, "invalid_request_error", None),
    "bad_key": (401, "invalid_request_error", "invalid_api_key"),
    "permission": (403, "invalid_request_error", "unsupported_country_region_territory"),
    "not_found": (404, "invalid_request_error", None),
    "unknown_model": (404, "invalid_request_error", "model_not_found"),
    "bad_request": (400, "invalid_request_error", None),
    "malformed": (400, "invalid_request_error", None),
    "method": (405, "invalid_request_error", "method_not_supported"),
    "rate_limit": (429, "requests", "rate_limit_exceeded"),
    "server": (500, "server_error", None),
    "overloaded": (503, "server_error", None),
}


_MESSAGES = {
    "missing_key": (
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
    ),
    "bad_key": "Incorrect API key provided: {0}.",
    "unknown_model": "The model `{0}` does not exist or you do not have access to it.",
    "malformed": "We could not parse the JSON body of your request. ({0})",
}


def openai_headers() -> dict[str, str]:
    """Headers of every reply: the request's id."""
    return {"x-request-id": make_id("req_", 32).lower()}


def openai_error(problem: Problem) -> dict[str, dict[str, Any]]:
    """The body of an error."""
    _, kind, code = _KINDS[problem.kind]
    message = _MESSAGES.get(problem.kind, "{0}").replace("{0}", problem.message)
    return {
        "error": {
            "message": message,
            "type": kind,
            "param": problem.param,
            "code": problem.code or code,
        }
    }


def openai_refusal(problem: Problem) -> Reply:
    """The reply of an error."""
    status = problem.status or _KINDS[problem.kind][0]
    return json_reply(status, openai_error(problem), openai_headers())


def missing_parameter(path: str) -> Problem:
    """A required parameter is not there."""
    message = f"Missing required parameter: '{path}'."
    return Problem("bad_request", message, param=path, code="missing_required_parameter")


def invalid_type(path: str, expected: str, value: object) -> Problem:
    """A parameter has a wrong type."""
    got = TYPE_NAMES[type(value).__name__]
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    return Problem("bad_request", message, param=path, code="invalid_type")
