"""Responses as a protocol."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.chat_completions.services.errors import REFUSALS
from chimeric_dialects.chat_completions.services.places import variant_at
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.ids import make_id
from chimeric_dialects.openai.errors import openai_headers, openai_refusal
from chimeric_dialects.parts import ServerTool
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import ResponsesEncoder
from .reader import read_prompt

__all__ = ["Responses"]


class Responses(Dialect):
    """``POST /responses`` under any prefix."""

    path = "/responses"

    def key(self, request: Request) -> str | None:
        return request.bearer

    def variant_of(self, request: Request) -> str:
        return variant_at(request.path) or ""

    def id_headers(self) -> dict[str, str]:
        return openai_headers()

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        # Items have ids of their own; this is the container in which code runs.
        return make_id("cntr_", 48).lower()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> ResponsesEncoder:
        return ResponsesEncoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        return read_prompt(body, service)

    def _refuse(self, problem: Problem) -> Reply:
        if problem.kind == "unknown_model":
            # This API, unlike its elder sister, answers 400.
            problem.status = 400
            problem.param = "model"
        if problem.variant == "xai":
            return REFUSALS["xai"](problem)
        return openai_refusal(problem)
