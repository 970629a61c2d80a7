"""Claude at Bedrock: InvokeModel, and Messages at its hosts."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import unquote

from chimeric_dialects.answers import Answer
from chimeric_dialects.converse.errors import bad_request, converse_refusal
from chimeric_dialects.messages import Messages
from chimeric_dialects.messages.reader import read_prompt
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .framed import FramedEncoder
from .signed import Signed, is_signed

__all__ = ["BedrockMessages", "InvokeClaude"]

_PATH = re.compile(r"/model/(?P<model>[^/]+)/(?P<method>invoke|invoke-with-response-stream)$")

_VERSION = "bedrock-2023-05-31"
_NEWER = "2026-10-21"
_WITHOUT_NEWER = ("sonnet-4-5", "opus-4-5")
"""Models that refuse the newer version."""


class InvokeClaude(Signed, Messages):
    """``POST /model/{id}/invoke`` and ``/invoke-with-response-stream``."""

    stream_type = "application/vnd.amazon.eventstream"
    call_ids = ("toolu_bdrk_01", 22)

    def serves(self, request: Request) -> bool:
        return _PATH.search(request.target.partition("?")[0]) is not None

    def id_headers(self) -> dict[str, str]:
        return {"x-amzn-requestid": str(uuid.uuid4())}

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> FramedEncoder:  # type: ignore[override]
        return FramedEncoder(super().encoder(prompt, answer, service))

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        found = _PATH.search(request.target.partition("?")[0])
        model, method = (unquote(found["model"]), found["method"]) if found else ("", "")
        model = model.rpartition("/")[2] if model.startswith("arn:") else model
        for name in ("model", "stream"):
            if name in body:
                raise bad_request(f"{name}: Extra inputs are not permitted")
        prompt = read_prompt({**told_of(body, model), "model": model}, "2023-06-01", service)
        prompt.stream = method != "invoke"
        return prompt

    def _refuse(self, problem: Problem) -> Reply:
        return converse_refusal(problem)


class BedrockMessages(Signed, Messages):
    """``POST /anthropic/v1/messages``, signed."""

    def serves(self, request: Request) -> bool:
        return is_signed(request) and super().serves(request)


def told_of(body: dict[str, Any], model: str) -> dict[str, Any]:
    """A body without its version, which is checked, and without betas.

    Raises:
        Problem: where the version is missing, or is not taken.
    """
    told = dict(body)
    version = told.pop("anthropic_version", None)
    told.pop("anthropic_beta", None)
    if version is None:
        raise bad_request("anthropic_version: Field required")
    newer = version == _NEWER and not any(name in model for name in _WITHOUT_NEWER)
    if version != _VERSION and not newer:
        raise bad_request("Invalid API version")
    return told
