"""Which protocol speaks at which path."""

from __future__ import annotations

from .chat_completions import ChatCompletions
from .dialect import Desk, Dialect
from .http import Reply, Request
from .listing import list_models
from .messages import Messages
from .openai_rules import openai_refusal
from .problems import Problem
from .responses import Responses

__all__ = ["PROTOCOLS", "route"]

PROTOCOLS: dict[str, Dialect] = {
    "/chat/completions": ChatCompletions(),
    "/messages": Messages(),
    "/responses": Responses(),
}
"""Protocols by the end of their path; any prefix may stand before."""


def route(request: Request, desk: Desk) -> Reply:
    """Answer a request in the protocol of its path."""
    path = request.path.rstrip("/")
    for suffix, dialect in PROTOCOLS.items():
        if path.endswith(suffix):
            if request.method != "POST":
                message = f"Invalid method for URL ({request.method} {request.path})"
                return dialect.refuse(Problem("method", message))
            return dialect.handle(request, desk)
    if request.method in ("GET", "HEAD"):
        listed = list_models(request, path, desk)
        if listed is not None:
            return listed
    message = f"Invalid URL ({request.method} {request.path})"
    return openai_refusal(Problem("not_found", message))
