"""Chat completions at Vertex AI: open models, and Gemini in OpenAI's form."""

from __future__ import annotations

from chimeric_dialects.chat_completions import ChatCompletions
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request

from .errors import vertex_refusal

__all__ = ["VertexChat"]


class VertexChat(ChatCompletions):
    """``POST /projects/.../locations/.../endpoints/openapi/chat/completions``."""

    path = "/endpoints/openapi/chat/completions"

    def __init__(self) -> None:
        super().__init__("openai")

    def serves(self, request: Request) -> bool:
        return "/projects/" in request.path and super().serves(request)

    def _refuse(self, problem: Problem) -> Reply:
        return vertex_refusal(problem, listed=True)
