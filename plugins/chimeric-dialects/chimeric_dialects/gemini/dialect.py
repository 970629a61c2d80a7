"""generateContent as a protocol."""

from __future__ import annotations

import re
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

from .encoder import GeminiEncoder
from .errors import gemini_refusal
from .reader import read_prompt

__all__ = ["Gemini"]


_PATH = re.compile(
    r"/models/(?P<model>.+):(?P<method>generateContent|streamGenerateContent|countTokens)$"
)


class Gemini(Dialect):
    """``POST /{version}/models/{model}:generateContent`` and ``:streamGenerateContent``."""

    path = "/models/{model}:{method}"
    stream_type = "text/event-stream"
    call_ids = ("", 8)
    sends_retry_after = False  # the body says it

    def serves(self, request: Request) -> bool:
        found = _PATH.search(request.path.rstrip("/"))
        return found is not None and found["method"] != "countTokens"

    def key(self, request: Request) -> str | None:
        return request.headers.get("x-goog-api-key") or request.query.get("key")

    def headers(self, prompt: Prompt) -> dict[str, str]:
        if prompt.stream and not prompt.options["sse"]:
            return {"content-type": "application/json; charset=UTF-8"}
        return {}

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        return make_id("", 8).lower()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> GeminiEncoder:
        return GeminiEncoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        found = _PATH.search(request.path)
        model, method = (found["model"], found["method"]) if found else ("", "")
        service.check_model(model)
        prompt = read_prompt(body, model, service)
        prompt.stream = method == "streamGenerateContent"
        prompt.options["sse"] = request.query.get("alt") == "sse"
        return prompt

    def _refuse(self, problem: Problem) -> Reply:
        return gemini_refusal(problem)
