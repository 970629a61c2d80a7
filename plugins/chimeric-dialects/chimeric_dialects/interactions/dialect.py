"""The Interactions API as a protocol."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.ids import make_id
from chimeric_dialects.parts import ServerTool
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import InteractionsEncoder
from .errors import refusal
from .reader import read_prompt

__all__ = ["Interactions"]


class Interactions(Dialect):
    """``POST /{version}/interactions`` under any prefix, at Vertex AI below a location."""

    path = "/interactions"
    stream_type = "text/event-stream"
    call_ids = ("", 8)

    def key(self, request: Request) -> str | None:
        given = request.headers.get("x-goog-api-key") or request.query.get("key")
        return given or request.bearer

    def call_id(self, prompt: Prompt, tool: str) -> str:
        return make_id("", 8).lower()

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        return make_id("", 8).lower()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> InteractionsEncoder:
        return InteractionsEncoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        return read_prompt(body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return refusal(problem)
