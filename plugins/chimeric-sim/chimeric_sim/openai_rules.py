"""Rules, headers and errors that OpenAI's two protocols share."""

from __future__ import annotations

import re
from typing import Any

from .answers import make_id
from .dialect import json_reply
from .http import Reply, Request
from .problems import Problem
from .schemas import strict_complaint
from .shapes import is_object

__all__ = [
    "bearer",
    "check_reasoning_limits",
    "check_strict",
    "check_tool_name",
    "check_tool_schema",
    "expect",
    "missing_parameter",
    "openai_error",
    "openai_headers",
    "openai_refusal",
    "tool_choice_problem",
    "wrong_type",
]

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]+")
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
_TYPE_NAMES = {
    "str": "a string",
    "int": "an integer",
    "bool": "a boolean",
    "list": "an array",
    "dict": "an object",
    "float": "a decimal",
    "NoneType": "null",
}


def bearer(request: Request) -> str | None:
    """The key of an ``Authorization: Bearer`` header."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def openai_headers() -> dict[str, str]:
    """Headers of every OpenAI reply."""
    return {
        "x-request-id": make_id("req_", 32).lower(),
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "openai-organization": "sim",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "1999000",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-reset-tokens": "0s",
    }


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


def wrong_type(path: str, expected: str, value: object) -> Problem:
    """A parameter has a wrong type."""
    got = _TYPE_NAMES[type(value).__name__]
    message = f"Invalid type for '{path}': expected {expected}, but got {got} instead."
    return Problem("bad_request", message, param=path, code="invalid_type")


def expect(body: dict[str, Any], key: str, kind: type, missing: str | None) -> Any:
    """``body[key]``, checked; null counts as absent.

    Raises:
        Problem: for a wrong type, and for an absent value where ``missing`` words the error.
    """
    value = body.get(key)
    if value is None:
        if missing is not None:
            raise Problem("bad_request", missing, param=key, code="missing_required_parameter")
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise wrong_type(key, _TYPE_NAMES[kind.__name__], value)
    return value


def check_tool_name(name: object, path: str) -> str:
    """A name of a tool or schema, checked: 1 to 64 of ``[a-zA-Z0-9_-]``."""
    if name is None:
        raise missing_parameter(path)
    if not isinstance(name, str):
        raise wrong_type(path, "a string", name)
    if not _TOOL_NAME.fullmatch(name):
        message = (
            f"Invalid '{path}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'."
        )
        raise Problem("bad_request", message, param=path, code="invalid_value")
    if len(name) > 64:
        message = (
            f"Invalid '{path}': string too long. Expected a string with maximum length 64, but "
            f"got a string with length {len(name)} instead."
        )
        raise Problem("bad_request", message, param=path, code="string_above_max_length")
    return name


def check_tool_schema(name: str, schema: object, path: str) -> None:
    """A tool's parameters must be an object schema."""
    kind = schema.get("type") if is_object(schema) else None
    if kind != "object":
        message = (
            f"Invalid schema for function '{name}': schema must be a JSON Schema of "
            f"'type: \"object\"', got 'type: \"{kind}\"'."
        )
        raise Problem("bad_request", message, param=path, code="invalid_function_parameters")


def check_strict(schema: object, what: str, path: str) -> None:
    """A strict schema must keep to the subset."""
    complaint = strict_complaint(schema)
    if complaint:
        code = (
            "invalid_function_parameters" if what.startswith("function") else "invalid_json_schema"
        )
        message = f"Invalid schema for {what}: {complaint}"
        raise Problem("bad_request", message, param=path, code=code)


def tool_choice_problem(choice: str) -> Problem:
    """A tool choice that does not exist."""
    message = f"Invalid value: '{choice}'. Supported values are: 'none', 'auto', and 'required'."
    return Problem("bad_request", message, param="tool_choice", code="invalid_value")


def check_reasoning_limits(model: str, body: dict[str, Any], effort: str | None) -> None:
    """What models refuse while they reason: sampling, and ``max_tokens`` always."""
    reasons = re.match(r"o\d|gpt-5(?!\.[1-4])|gpt-[6-9]", model) is not None
    optional = re.match(r"gpt-5\.[1-4]", model) is not None
    if (reasons or optional) and body.get("max_tokens") is not None:
        message = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead."
        )
        raise Problem("bad_request", message, param="max_tokens", code="unsupported_parameter")
    thinking = effort != "none" if reasons else optional and effort not in (None, "none")
    if not thinking:
        if effort not in (None, "none") and not (reasons or optional):
            message = "Unsupported parameter: 'reasoning_effort' is not supported with this model."
            raise Problem(
                "bad_request", message, param="reasoning_effort", code="unsupported_parameter"
            )
        return
    for key in ("temperature", "top_p"):
        if body.get(key) not in (None, 1):
            message = (
                f"Unsupported value: '{key}' does not support {body[key]} with this model. Only "
                "the default (1) value is supported."
            )
            raise Problem("bad_request", message, param=key, code="unsupported_value")
    if body.get("stop") is not None:
        message = "Unsupported parameter: 'stop' is not supported with this model."
        raise Problem("bad_request", message, param="stop", code="unsupported_parameter")
