"""Cohere's chat as a protocol."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.ids import make_id
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import CohereEncoder
from .errors import cohere_headers, cohere_refusal
from .reader import read_prompt

__all__ = ["Cohere"]


class Cohere(Dialect):
    """``POST /v2/chat``."""

    path = "/v2/chat"
    stream_type = "text/event-stream"

    def key(self, request: Request) -> str | None:
        return request.bearer

    def id_headers(self) -> dict[str, str]:
        return cohere_headers()

    def call_id(self, prompt: Prompt, tool: str) -> str:
        return make_id(f"{tool}_", 12).lower()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> CohereEncoder:
        return CohereEncoder(prompt, answer)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        return read_prompt(body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return cohere_refusal(problem)
