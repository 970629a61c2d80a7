"""Which protocol speaks at which path."""

from __future__ import annotations

from chimeric_dialects import (
    AzureChat,
    AzureClaude,
    AzureResponses,
    BedrockChat,
    BedrockMessages,
    BedrockResponses,
    ChatCompletions,
    Cohere,
    Converse,
    Dialect,
    Gemini,
    Interactions,
    InvokeClaude,
    Messages,
    Ollama,
    Problem,
    Request,
    Responses,
    VertexChat,
    VertexClaude,
    VertexGemini,
    is_azure,
)

from chimeric_sim.server import Reply

from .background import stored_response
from .counting import count_tokens
from .handler import handle, refuse
from .listing import list_models
from .service import SimulatedService

__all__ = ["route"]

_OPENAI = ChatCompletions()
_MESSAGES = Messages()
_AZURE = AzureChat()
_DIALECTS: tuple[Dialect, ...] = (
    VertexGemini(),
    VertexClaude(),
    VertexChat(),
    _AZURE,
    AzureResponses(),
    AzureClaude(),
    Gemini(),
    Interactions(),
    Converse(),
    InvokeClaude(),
    BedrockChat(),
    BedrockResponses(),
    BedrockMessages(),
    _OPENAI,
    Responses(),
    _MESSAGES,
    Cohere(),
    Ollama(),
)


def route(request: Request, service: SimulatedService) -> Reply:
    """Answer a request in the protocol of its path; any prefix may stand before it."""
    dialect = next((d for d in _DIALECTS if d.serves(request)), None)
    if dialect is not None:
        if request.method == "POST":
            return handle(dialect, request, service)
        message = f"Invalid method for URL ({request.method} {request.path})"
        return refuse(dialect, Problem("method", message))
    path = request.path.rstrip("/")
    found = count_tokens(request, path, service) or list_models(request, path, service)
    found = found or stored_response(request, path, service)
    if found is not None:
        return found
    message = f"Invalid URL ({request.method} {request.path})"
    told = _MESSAGES if "anthropic-version" in request.headers else _OPENAI
    told = _AZURE if is_azure(request) else told
    return refuse(told, Problem("not_found", message))
