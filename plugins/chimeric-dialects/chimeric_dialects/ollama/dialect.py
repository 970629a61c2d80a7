"""Ollama's chat as a protocol."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import OllamaEncoder
from .errors import ollama_refusal
from .reader import read_prompt

__all__ = ["Ollama"]


class Ollama(Dialect):
    """``POST /api/chat``. It wants no key, and refuses a bad one."""

    path = "/api/chat"
    stream_type = "application/x-ndjson"
    call_ids = ("call_", 8)

    def key(self, request: Request) -> str | None:
        return request.bearer

    def authenticate(self, request: Request, service: Service) -> None:
        if self.key(request) is not None:
            service.check_key(self.key(request))

    def goes_on(self, request: Request, prompt: Prompt) -> bool:
        return True

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> OllamaEncoder:
        return OllamaEncoder(prompt, answer)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        return read_prompt(body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return ollama_refusal(problem)
