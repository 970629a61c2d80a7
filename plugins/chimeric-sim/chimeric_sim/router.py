"""Which protocol speaks at which path."""

from __future__ import annotations

from .chat_completions import ChatCompletions
from .cohere import Cohere
from .converse import CONVERSE_PATH, Converse
from .dialect import Desk, Dialect
from .gemini import GEMINI_PATH, Gemini
from .http import Reply, Request
from .listing import list_models
from .messages import Messages
from .ollama import Ollama
from .openai_rules import openai_refusal
from .problems import Problem
from .responses import Responses

__all__ = ["route"]

_BY_SUFFIX: dict[str, Dialect] = {
    "/chat/completions": ChatCompletions(),
    "/responses": Responses(),
    "/messages": Messages(),
    "/v2/chat": Cohere(),
    "/api/chat": Ollama(),
}
_GEMINI = Gemini()
_CONVERSE = Converse()


def route(request: Request, desk: Desk) -> Reply:
    """Answer a request in the protocol of its path; any prefix may stand before it."""
    path = request.path.rstrip("/")
    dialect = _dialect_of(request, path)
    if dialect is not None:
        if request.method == "POST":
            return dialect.handle(request, desk)
        message = f"Invalid method for URL ({request.method} {request.path})"
        return dialect.refuse(Problem("method", message))
    listed = list_models(request, path, desk)
    if listed is not None:
        return listed
    message = f"Invalid URL ({request.method} {request.path})"
    return openai_refusal(Problem("not_found", message))


def _dialect_of(request: Request, path: str) -> Dialect | None:
    if GEMINI_PATH.search(path):
        return _GEMINI
    if CONVERSE_PATH.match(request.target.partition("?")[0]):
        return _CONVERSE
    return next((d for suffix, d in _BY_SUFFIX.items() if path.endswith(suffix)), None)
