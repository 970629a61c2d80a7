"""Cerebras: open-weight models at high speed over chat completions."""

from __future__ import annotations

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
    chimeric_parse_response,
)

from chimeric import (
    Capabilities,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    hookimpl,
)

if TYPE_CHECKING:
    from chimeric_models import Rules

    from chimeric import ModelPage

__all__ = [
    "chimeric_build_request",
    "chimeric_get_model",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "chimeric_provider",
]


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """GLM models read earlier reasoning in ``<think>`` tags, not in its own field."""
    if not request.model.startswith("zai-glm"):
        return body
    for message in body["messages"]:
        if reasoning := message.pop("reasoning", None):
            message["content"] = f"<think>{reasoning}</think>{message['content'] or ''}"
    return body


@cache
def _rules() -> Rules:
    from .rules import RULES

    return RULES


DIALECT = ChatDialect(
    rules=_rules,
    keys=("name",),
    max_tokens="max_completion_tokens",
    reasoning_field="reasoning",
    parts=(),
    answer_media=False,
    adapt=_adapt,
    metadata=("service_tier", "system_fingerprint", "time_info"),
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare Cerebras. Its other names (``gpt-oss-120b``) are served elsewhere too."""
    return Provider(
        name="cerebras",
        base_url="https://api.cerebras.ai/v1",
        version_paths=("/v1",),
        key_env=("CEREBRAS_API_KEY",),
        models=("gpt-oss-*", "qwen-3*", "zai-glm-[0-9].*"),
        state=DIALECT.state,
        params=(
            *PARAMS,
            *(
                "clear_thinking",
                "disable_reasoning",
                "min_completion_tokens",
                "min_tokens",
            ),
            *(
                "model_parameters",
                "reasoning_format",
            ),
        ),
        capabilities=Capabilities(images=True, reasoning=True, structured_output=True),
        request_id_headers=("inference-id", "x-request-id"),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request."""
    return DIALECT.build_request(request, provider)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """Ask for one model in the form that tells most, which is OpenRouter's."""
    from chimeric_chat_completions.models import model_request

    asked = model_request(provider, model)
    return msgspec.structs.replace(asked, url=f"{asked.url}?format=openrouter")


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the model list, or the one that was asked for, whose id has the provider's name."""
    from chimeric_chat_completions.models import read_models

    replace, page = msgspec.structs.replace, read_models(response, provider)
    models = tuple(replace(m, id=m.id.removeprefix("cerebras/")) for m in page.models)
    return replace(page, models=models)
