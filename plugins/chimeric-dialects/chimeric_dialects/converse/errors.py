"""Errors as Bedrock words them."""

from __future__ import annotations

import uuid

from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["bad_request", "converse_refusal"]


_KINDS: dict[str, tuple[int, str]] = {
    "missing_key": (403, "MissingAuthenticationTokenException"),
    "bad_key": (403, "UnrecognizedClientException"),
    "permission": (403, "AccessDeniedException"),
    "not_found": (404, "ResourceNotFoundException"),
    "unknown_model": (400, "ValidationException"),
    "bad_request": (400, "ValidationException"),
    "malformed": (400, "SerializationException"),
    "method": (405, "UnknownOperationException"),
    "rate_limit": (429, "ThrottlingException"),
    "server": (500, "InternalServerException"),
    "overloaded": (503, "ServiceUnavailableException"),
}


_MESSAGES = {
    "missing_key": "Missing Authentication Token",
    "bad_key": "The security token included in the request is invalid.",
    "unknown_model": "The provided model identifier is invalid.",
    "malformed": "The request body is not valid JSON.",
}


def bad_request(message: str) -> Problem:
    """A ValidationException."""
    return Problem("bad_request", message)


def converse_refusal(problem: Problem) -> Reply:
    """The reply of an error."""
    status, name = _KINDS[problem.kind]
    message = _MESSAGES.get(problem.kind, problem.message)
    headers = {"x-amzn-requestid": str(uuid.uuid4()), "x-amzn-errortype": f"{name}:"}
    return json_reply(problem.status or status, {"message": message}, headers)
