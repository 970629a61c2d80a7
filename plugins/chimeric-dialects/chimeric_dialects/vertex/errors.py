"""Errors of Google Cloud, in a list where the real service has them in one."""

from __future__ import annotations

import json
from typing import Any

from chimeric_dialects.gemini.errors import gemini_error
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply

__all__ = ["vertex_refusal"]

_WORDS: dict[str, tuple[int, str, str]] = {
    "missing_key": (
        *(401, "UNAUTHENTICATED"),
        "Request is missing required authentication credential. Expected OAuth 2 access token, "
        "login cookie or other valid authentication credential.",
    ),
    "bad_key": (
        *(401, "UNAUTHENTICATED"),
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
        "cookie or other valid authentication credential.",
    ),
    "unknown_model": (
        *(404, "NOT_FOUND"),
        "Publisher Model `{0}` was not found or your project does not have access to it.",
    ),
}


def vertex_refusal(problem: Problem, *, listed: bool) -> Reply:
    """The reply of an error."""
    error: dict[str, Any] = gemini_error(problem)["error"]
    if told := _WORDS.get(problem.kind):
        code, status, message = told
        error = {"code": code, "message": message.replace("{0}", problem.message), "status": status}
    body = [{"error": error}] if listed else {"error": error}
    headers = {"content-type": "application/json; charset=UTF-8"}
    return Reply(status=error["code"], headers=headers, body=json.dumps(body, indent=2).encode())
