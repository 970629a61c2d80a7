"""Requests of OpenAI's forms: open models, Mistral's, OpenAI's own, and endpoints of one's own."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from chimeric_chat_completions import ChatDialect
from chimeric_mistral import DIALECT as MISTRAL
from chimeric_responses import Dialect, build_request

from chimeric import HTTPRequest, ProviderConfig, Request, quote_segment

from .models import Model
from .places import scope

__all__ = ["CHAT", "MISTRAL", "build", "build_mistral", "build_responses"]

CHAT: Final = ChatDialect(
    call_echo=("extra_content",),
    echo=("extra_content",),
    metadata=("service_tier", "system_fingerprint"),
)
"""Gemini's signatures are in ``extra_content``."""

RESPONSES: Final = Dialect(api="vertex.responses")


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request of chat completions."""
    model = Model.of(request.model, request.options)
    if model.endpoint:
        # A server of one's own (vLLM, TGI) has one model, and wants no name.
        place, name = f"{scope(provider, 'v1beta1')}/endpoints/{model.endpoint}", ""
    else:
        place = f"{scope(provider, 'v1')}/endpoints/openapi"
        name = f"{model.publisher}/{model.name}" if "/" in request.model else model.name
    http = CHAT.build_request(request, _at(provider, place))
    body = {**cast("dict[str, Any]", http.body)}
    if "model" not in request.extra_body:
        body["model"] = name
    return msgspec.structs.replace(http, body=body, framing="sse")


def build_mistral(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for Mistral's models: its own chat completions, the model in the path too.

    The name in the body is without the version (``mistralai``'s client for Google Cloud).
    """
    model = Model.of(request.model, request.options)
    named = request.replace(model=model.name.partition("@")[0])
    http = MISTRAL.build_request(named, provider)
    where = f"{scope(provider, 'v1')}/publishers/{quote_segment(model.publisher)}"
    method = "streamRawPredict" if request.stream else "rawPredict"
    url = f"{where}/models/{quote_segment(model.name, '@')}:{method}"
    return msgspec.structs.replace(http, url=url, framing="sse")


def build_responses(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for OpenAI's models: the Responses API."""
    model = Model.of(request.model, request.options)
    place = f"{scope(provider, 'v1')}/publishers/{quote_segment(model.publisher)}/v1"
    http = build_request(request.replace(model=model.name), _at(provider, place), RESPONSES)
    return msgspec.structs.replace(http, framing="sse")


def _at(provider: ProviderConfig, base_url: str) -> ProviderConfig:
    return msgspec.structs.replace(provider, base_url=base_url)
