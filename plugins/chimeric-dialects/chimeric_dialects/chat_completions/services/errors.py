"""Errors as Mistral and xAI word them; the others have OpenAI's form."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.openai.errors import openai_error, openai_headers, openai_refusal
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["mistral_refusal", "xai_refusal"]


_MISTRAL_TYPES = {
    "3230": "invalid_request_message_order",
    "3240": "invalid_request_message_order",
    "3280": "invalid_function_call",
}


def mistral_refusal(problem: Problem) -> Reply:
    """``{"object": "error", ...}``; what its schema does not know is a 422 with the place."""
    told = openai_error(problem)["error"]
    status = problem.status or openai_refusal(problem).status
    body: dict[str, Any] = {"object": "error", "message": told["message"], "param": None}
    if problem.code == "extra_forbidden":
        where = ["body", *problem.message.split(".")]
        fault = {"type": problem.code, "loc": where, "msg": "Extra inputs are not permitted"}
        body |= {"message": {"detail": [fault]}, "type": "invalid_request_error", "code": None}
    else:
        kind = _MISTRAL_TYPES.get(problem.code or "", told["type"])
        body |= {"type": kind, "code": problem.code}
    return json_reply(status, body, openai_headers())


def xai_refusal(problem: Problem) -> Reply:
    """``{"code": ..., "error": "..."}``: a text, no object."""
    reply = openai_refusal(problem)
    told = openai_error(problem)["error"]["message"]
    code = "Client specified an invalid argument" if reply.status == 400 else "Some error"
    return json_reply(reply.status, {"code": code, "error": told}, openai_headers())
