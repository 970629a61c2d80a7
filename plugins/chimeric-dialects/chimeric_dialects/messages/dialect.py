"""Messages as a protocol."""

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

from .encoder import MessagesEncoder
from .errors import anthropic_headers, anthropic_refusal
from .reader import read_prompt

__all__ = ["Messages"]


class Messages(Dialect):
    """``POST /v1/messages``."""

    path = "/messages"
    call_ids = ("toolu_01", 22)

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-api-key") or request.bearer

    def id_headers(self) -> dict[str, str]:
        return anthropic_headers()

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        return make_id("mcptoolu_01" if tool.kind == "mcp" else "srvtoolu_01", 22)

    def goes_on(self, request: Request, prompt: Prompt) -> bool:
        return True

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> MessagesEncoder:
        return MessagesEncoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        version = request.headers.get("anthropic-version")
        if version is None:
            raise Problem("bad_request", "anthropic-version: header is required")
        if "message-threads-" in request.headers.get("anthropic-beta", ""):
            body = {name: value for name, value in body.items() if name != "thread"}
        return read_prompt(body, version, service)

    def _refuse(self, problem: Problem) -> Reply:
        return anthropic_refusal(problem)
