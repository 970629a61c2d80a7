"""Errors as Azure words them, and headers of its replies."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.ids import make_id
from chimeric_dialects.openai.errors import openai_error
from chimeric_dialects.problems import Problem, ProblemKind
from chimeric_dialects.replies import Reply, json_reply

from .verdicts import blocked

__all__ = ["azure_headers", "azure_refusal"]

BLOCKED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management "
    "policy. Please modify your prompt and retry. To learn more about our content filtering "
    "policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766"
)
DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a "
    "valid key for an active subscription and use a correct regional API endpoint for your "
    "resource."
)
UNAUTHORIZED = (
    "Unauthorized. Access token is missing, invalid, audience is incorrect "
    "(https://cognitiveservices.azure.com), or have expired."
)
NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within "
    "the last 5 minutes, please wait a moment and try again."
)
LIMITED = (
    "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version "
    "2024-10-21 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please "
    "retry after {0:g} seconds."
)

_WORDED: dict[ProblemKind, tuple[int, str, str]] = {
    "missing_key": (401, "401", DENIED),
    "bad_key": (401, "401", DENIED),
    "not_found": (404, "404", "Resource not found"),
    "unknown_model": (404, "DeploymentNotFound", NO_DEPLOYMENT),
}


def azure_headers() -> dict[str, str]:
    """Headers of every reply: the request's ids."""
    return {"apim-request-id": make_id("", 32).lower(), "x-request-id": make_id("", 32).lower()}


def azure_refusal(problem: Problem, *, responses: bool = False) -> Reply:
    """The reply of an error; ``responses`` for that API, which tells a filter's verdict apart."""
    headers = azure_headers()
    if problem.code == "token":
        return json_reply(401, {"statusCode": 401, "message": UNAUTHORIZED}, headers)
    if problem.code == "content_filter":
        return json_reply(400, {"error": _blocked(responses=responses)}, headers)
    if problem.kind == "rate_limit":
        seconds = 1.0 if problem.retry_after is None else problem.retry_after
        error = {"code": "429", "message": LIMITED.format(seconds)}
        waits = {"retry-after-ms": f"{seconds * 1000:.0f}"}
        return json_reply(429, {"error": error}, {**headers, **waits})
    if problem.kind in _WORDED:
        status, code, message = _WORDED[problem.kind]
        return json_reply(status, {"error": {"code": code, "message": message}}, headers)
    told = openai_error(problem)
    status = problem.status or {"server": 500, "overloaded": 503}.get(problem.kind, 400)
    return json_reply(status, told, headers)


def _blocked(*, responses: bool) -> dict[str, Any]:
    error: dict[str, Any] = {
        "message": BLOCKED,
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
    }
    if responses:
        return {**error, "content_filters": [blocked("prompt")]}
    inner = {"code": "ResponsibleAIPolicyViolation"}
    results = blocked("prompt")["content_filter_results"]
    return {**error, "innererror": {**inner, "content_filter_result": results}}
