"""OpenRouter: models of many vendors behind one chat-completions endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_chat_completions import (
    PARAMS,
    ChatDialect,
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_parse_response,
)

from chimeric import (
    Capabilities,
    FilePart,
    HTTPRequest,
    Part,
    Provider,
    ProviderConfig,
    Request,
    hookimpl,
)

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = [
    "chimeric_build_request",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
]

VENDORS = (
    "ai21 amazon anthropic cohere deepseek google inception meta-llama minimax mistralai "
    "moonshotai openai perplexity qwen x-ai z-ai"
)
"""Prefixes of its model names. Other hosts of open weights use some of them too; with such a
provider installed as well, a bare name is ambiguous and the error names both."""

APP_HEADERS = {"app_url": "HTTP-Referer", "app_title": "X-OpenRouter-Title"}


def _part(part: Part) -> dict[str, Any] | None:
    """Videos, which have a form of their own here."""
    if isinstance(part, FilePart) and (part.media_type or "").startswith("video/"):
        return {"type": "video_url", "video_url": {"url": part.url or part.data_url}}
    return None


def _refine(event: Mapping[str, Any], fields: dict[str, Any]) -> None:
    """Tell who answered, and what the call cost in credits."""
    told = {
        "upstream_provider": event.get("provider"),
        "cost": fields.get("usage_native", {}).get("cost"),
    }
    told = {name: value for name, value in told.items() if value is not None}
    if told and fields:
        fields["metadata"] = {**fields.get("metadata", {}), **told}


@cache
def _rules() -> Rules:
    from .rules import RULES

    return RULES


DIALECT = ChatDialect(
    rules=_rules,
    keys=("name", "reasoning_details"),
    marks=("cache_control",),  # of the SDK's texts and tools; pictures and results have none
    parts=("video_url", "input_video"),
    reasoning_field="reasoning",  # of the SDK's AssistantMessage: plain reasoning of any model
    echo=("reasoning_details",),  # signatures and encrypted reasoning of the vendors
    part=_part,
    file_urls=True,
    refine=_refine,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare OpenRouter. Open-weight names that others share need the prefix ``openrouter:``."""
    return Provider(
        name="openrouter",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        models=("openrouter/*", "~*/*", *(f"{vendor}/*" for vendor in VENDORS.split())),
        state=DIALECT.state,
        params=(
            *PARAMS,
            *(
                "cache_control",
                "debug",
                "image_config",
                "include_reasoning",
            ),
            *(
                "min_p",
                "models",
                "plugins",
                "reasoning",
            ),
            *(
                "repetition_penalty",
                "route",
                "session_id",
                "top_a",
            ),
            *(
                "top_k",
                "trace",
                "transforms",
                "usage",
            ),
            *("structured_outputs",),
        ),
        options=tuple(APP_HEADERS),
        capabilities=Capabilities(
            images=True,
            files=True,
            audio=True,
            reasoning=True,
            structured_output=True,
            citations=True,
        ),
        request_id_headers=("x-generation-id", "x-request-id"),
    )


def _without_prefill(http: HTTPRequest, model: str) -> HTTPRequest:
    """The same with a user's message at the end, where this Claude continues no answer."""
    from chimeric_models import GO_ON, NO_PREFILL, Claude

    body: Any = http.body
    last = body["messages"][-1]
    if Claude.of(model).prefills or last["role"] != "assistant":
        return http
    said = [*body["messages"], {"role": "user", "content": GO_ON}]
    dropped = (*http.dropped, NO_PREFILL)
    return msgspec.structs.replace(http, body={**body, "messages": said}, dropped=dropped)


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request; the options ``app_url`` and ``app_title`` name the calling app."""
    http = DIALECT.build_request(request, provider)
    last = request.messages[-1:]
    if last and last[0].role == "assistant" and "anthropic/" in request.model:
        http = _without_prefill(http, request.model)
    named = {
        header: str(value)
        for option, header in APP_HEADERS.items()
        if (value := provider.options.get(option))
    }
    return msgspec.structs.replace(http, headers=named)
