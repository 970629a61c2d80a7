"""Requests of OpenAI's forms: chat completions and Responses, at the runtime and at Mantle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from chimeric_chat_completions import ChatDialect
from chimeric_models.gpt import reasons, system_role
from chimeric_responses import Dialect, ResponsesState, build_request

from chimeric import HTTPRequest, ProviderConfig, Request

from .names import family_of
from .regions import mantle_url, runtime_url

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["CHAT", "BedrockResponses", "build", "build_responses"]


def _chat_rules() -> Rules:
    from .openai_rules import CHAT_RULES

    return CHAT_RULES


def _responses_rules() -> Rules:
    from .openai_rules import RULES

    return RULES


CHAT: Final = ChatDialect(
    max_tokens="max_completion_tokens",
    keys=("name",),
    system_role=system_role,
    rules=_chat_rules,
)

API: Final = "bedrock.responses"
"""Encrypted reasoning of Bedrock is read by Bedrock alone, and that of OpenAI not by Bedrock."""

OPENAI_ROUTE: Final = ("gpt-5", "gpt-6", "gemma-4")
"""Models that Mantle serves under ``/openai/v1``; it serves all others under ``/v1``."""

RESPONSES: Final = Dialect(api=API, reasons=reasons, rules=_responses_rules)


def bare(model: str) -> str:
    """A model's name without region and vendor.

    Example:
        >>> bare("global.openai.gpt-5.4")
        'gpt-5.4'
    """
    before, vendor, name = model.rpartition("openai.")
    return name if vendor else model.partition(".")[2] or before or model


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """A call of ``/chat/completions``."""
    http = CHAT.build_request(_plain(request, provider), _at(provider, request.model))
    return _named(http, request)


def build_responses(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """A call of ``/responses``."""
    there = _at(provider, request.model)
    http = _named(build_request(_plain(request, provider), there, RESPONSES), request)
    if provider.options.get("mantle") and not http.url.endswith("/openai/v1/responses"):
        from .openai_rules import auto_choice

        dropped: list[str] = []
        auto_choice(cast("dict[str, Any]", http.body), dropped)
        http = msgspec.structs.replace(http, dropped=(*http.dropped, *dropped))
    return http


class BedrockResponses(ResponsesState):
    """Reads the Responses API."""

    api = API


def _plain(request: Request, provider: ProviderConfig) -> Request:
    """The request with the model's bare name, by which rules go."""
    return request.replace(model=bare(family_of(request.model, provider.options)))


def _named(http: HTTPRequest, request: Request) -> HTTPRequest:
    body: dict[str, Any] = {**cast("dict[str, Any]", http.body)}
    body["model"] = request.extra_body.get("model", request.model)
    return msgspec.structs.replace(http, body=body, framing="sse")


def _at(provider: ProviderConfig, model: str) -> ProviderConfig:
    """The provider at the place of OpenAI's forms; a base URL with a version is that place."""
    mantle = provider.options.get("mantle")
    base = mantle_url(provider) if mantle else runtime_url(provider, model)
    if not base.endswith("/v1"):
        plain = mantle and not bare(model).startswith(OPENAI_ROUTE)
        base = f"{base}/v1" if plain else f"{base.removesuffix('/openai')}/openai/v1"
    return msgspec.structs.replace(provider, base_url=base)
