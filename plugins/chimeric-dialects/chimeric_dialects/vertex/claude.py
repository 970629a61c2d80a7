"""Messages at Vertex AI: the model in the path, the version in the body."""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.messages import Messages
from chimeric_dialects.messages.reader import read_prompt
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .errors import vertex_refusal

__all__ = ["VertexClaude"]

_PATH = re.compile(
    r"/projects/[^/]+/locations/[^/]+/publishers/anthropic/models/(?P<model>[^/]+)"
    r":(?P<method>rawPredict|streamRawPredict)$"
)

_VERSIONS = {"2026-10-21": "2026-10-21", "vertex-2023-10-16": "2023-06-01"}
"""Versions of the body, and the version of Anthropic's own that each is."""

_COUNTS = "count-tokens"

_OWN = ("missing_key", "bad_key", "unknown_model", "not_found", "rate_limit", "permission")
"""What Google refuses before Claude sees it."""


class VertexClaude(Messages):
    """``:rawPredict`` and ``:streamRawPredict`` of Anthropic's models."""

    def serves(self, request: Request) -> bool:
        found = _PATH.search(request.path)
        return found is not None and found["model"] != _COUNTS

    def counts(self, request: Request) -> bool:
        """Whether a request is to be counted, not answered."""
        found = _PATH.search(request.path)
        return found is not None and found["model"] == _COUNTS

    def key(self, request: Request) -> str | None:
        return request.bearer

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        found = _PATH.search(request.path)
        model, method = (found["model"], found["method"]) if found else ("", "")
        told = dict(body)
        version = _VERSIONS.get(str(told.pop("anthropic_version", None)))
        if version is None:
            raise Problem("bad_request", "anthropic_version: Field required")
        if model != _COUNTS:
            if "model" in told:
                raise Problem("bad_request", "model: Extra inputs are not permitted")
            told["model"] = model
        prompt = read_prompt(told, version, service)
        if prompt.stream is not (method == "streamRawPredict"):
            raise Problem("bad_request", f"stream: is not what {method} does")
        return prompt

    def _refuse(self, problem: Problem) -> Reply:
        if problem.kind in _OWN:
            return vertex_refusal(problem, listed=True)
        return super()._refuse(problem)
