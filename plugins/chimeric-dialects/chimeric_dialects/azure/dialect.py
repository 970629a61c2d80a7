"""Azure's protocols: which paths and versions there are, and who may ask.

Source: Microsoft's reference of Azure OpenAI; errors as users have reported them.
"""

from __future__ import annotations

import re
from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.chat_completions import ChatCompletions
from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.messages import Messages
from chimeric_dialects.openai.rules import is_official
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.responses import Responses
from chimeric_dialects.service import Service

from .encoder import AzureChatEncoder, AzureResponsesEncoder
from .errors import azure_headers, azure_refusal

__all__ = ["AzureChat", "AzureClaude", "AzureResponses", "is_azure"]

V1 = (None, "v1", "preview", "latest")
DATED = re.compile(r"202[3-5]-\d{2}-\d{2}(-preview)?")
FIRST_RESPONSES = "2025-03-01"
OTHERS = re.compile(
    r"mi(?:ni)?stral|codestral|llama|grok|deepseek|cohere|command|phi-", re.IGNORECASE
)
FOREIGN = ("cache_control", "reasoning_content")
LIMIT = "max_completion_tokens"
DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/")


def is_azure(request: Request) -> bool:
    """Whether a request is for Azure: below ``/azure``, or at a deployment's own path."""
    return request.path.startswith("/azure/") or DEPLOYMENT.search(request.path) is not None


class AzureChat(ChatCompletions):
    """``POST /openai/v1/chat/completions``, the same below a deployment, and ``/models``."""

    def __init__(self) -> None:
        super().__init__("openai")

    def serves(self, request: Request) -> bool:
        return is_azure(request) and super().serves(request)

    def key(self, request: Request) -> str | None:
        return request.headers.get("api-key") or request.bearer

    def authenticate(self, request: Request, service: Service) -> None:
        _authenticate(request, service, self.key(request))

    def id_headers(self) -> dict[str, str]:
        return azure_headers()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> AzureChatEncoder:
        return AzureChatEncoder(prompt, answer)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        found = DEPLOYMENT.search(request.path)
        if found is not None:
            _check_dated(request)
            body = {**body, "model": found.group(1)}
        elif "/openai/v1/" in request.path:
            _check_v1(request)
        elif request.path.endswith("/models/chat/completions"):
            _check_dated(request)
        else:
            raise Problem("not_found", "no such path")
        if service.strict:
            _check_others(body)
        return super()._read(request, body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return azure_refusal(problem)


class AzureResponses(Responses):
    """``POST /openai/v1/responses``, and ``/openai/responses`` of a dated preview."""

    def serves(self, request: Request) -> bool:
        return is_azure(request) and super().serves(request)

    def key(self, request: Request) -> str | None:
        return request.headers.get("api-key") or request.bearer

    def authenticate(self, request: Request, service: Service) -> None:
        _authenticate(request, service, self.key(request))

    def id_headers(self) -> dict[str, str]:
        return azure_headers()

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> AzureResponsesEncoder:
        return AzureResponsesEncoder(prompt, answer, service)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        if "/openai/v1/" in request.path:
            _check_v1(request)
        elif request.path.endswith("/openai/responses"):
            version = _check_dated(request)
            if not version.endswith("-preview") or version < FIRST_RESPONSES:
                raise Problem("not_found", "not in this version")
        else:
            raise Problem("not_found", "no such path")
        for item in body["input"] if isinstance(body.get("input"), list) else ():
            if "status" in item and item.get("type", "message") in ("message", "reasoning"):
                message = f"Unknown parameter: 'input[{body['input'].index(item)}].status'."
                raise Problem("bad_request", message, code="unknown_parameter")
        return super()._read(request, body, service)

    def _refuse(self, problem: Problem) -> Reply:
        return azure_refusal(problem, responses=True)


class AzureClaude(Messages):
    """``POST /anthropic/v1/messages``: Anthropic's own protocol, with the resource's keys."""

    def serves(self, request: Request) -> bool:
        return is_azure(request) and super().serves(request)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        if not request.path.endswith("/anthropic/v1/messages"):
            raise Problem("not_found", "Resource not found")
        return super()._read(request, body, service)


def _authenticate(request: Request, service: Service, key: str | None) -> None:
    """Check a key or a token; both at once are refused, as they are of two principals."""
    try:
        if "api-key" in request.headers and "authorization" in request.headers:
            raise Problem("bad_key", "two credentials")
        service.check_key(key)
    except Problem as problem:
        if "api-key" not in request.headers and request.bearer:
            problem.code = "token"
        raise


def _check_others(body: dict[str, Any]) -> None:
    """Servers of other makers' models take nothing that they do not know (pydantic-ai, LiteLLM)."""
    model = str(body.get("model"))
    if is_official(model) or not OTHERS.search(model):
        return
    found = ["max_completion_tokens"] if "stral" in model and body.get(LIMIT) else []
    messages = body.get("messages")
    for index, message in enumerate(messages if is_array(messages) else ()):
        if is_object(message):
            found += [f"messages.{index}.{key}" for key in FOREIGN if key in message]
    if found:
        text = f"Extra inputs are not permitted: body.{found[0]}"
        raise Problem("bad_request", text, param=found[0], status=422, code="extra_forbidden")


def _check_v1(request: Request) -> None:
    if request.query.get("api-version") not in V1:
        raise Problem("bad_request", "API version not supported", code="BadRequest")


def _check_dated(request: Request) -> str:
    version = request.query.get("api-version", "")
    if not DATED.fullmatch(version):
        raise Problem("not_found", "no such version")
    return version
