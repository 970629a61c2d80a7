"""generateContent at Vertex AI."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.gemini import Gemini
from chimeric_dialects.gemini.encoder import GeminiEncoder
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .errors import vertex_refusal

__all__ = ["VertexGemini"]

_PATH = re.compile(
    r"(?P<project>/projects/[^/]+/locations/[^/]+)?/publishers/google/models/[^/]+"
    r":(?:generateContent|streamGenerateContent|countTokens)$"
)


class VertexGemini(Gemini):
    """Gemini of a project, with a token, or with an express key and of none."""

    def serves(self, request: Request) -> bool:
        return _PATH.search(request.path.rstrip("/")) is not None and super().serves(request)

    def key(self, request: Request) -> str | None:
        # Keys of service accounts go with a project, too.
        key = super().key(request)
        return key or request.bearer

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> GeminiEncoder:
        return _Encoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        if "store" in body:
            raise Problem("bad_request", 'Unknown name "store": Cannot find field.')
        config = body.get("toolConfig")
        if isinstance(config, dict) and "includeServerSideToolInvocations" in config:
            raise Problem("bad_request", "includeServerSideToolInvocations is not supported.")
        return super()._read(request, body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return vertex_refusal(problem, listed=False)


class _Encoder(GeminiEncoder):
    """No index of the candidate; when it was made, and which traffic it was."""

    def _response(
        self, parts: list[dict[str, Any]], finish: str | None = None, **more: Any
    ) -> dict[str, Any]:
        told = super()._response(parts, finish, **more)
        for candidate in told.get("candidates", ()):
            candidate.pop("index", None)
        told["usageMetadata"] = {**told["usageMetadata"], "trafficType": "ON_DEMAND"}
        return {**told, "createTime": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
