"""DeepSeek over chat completions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

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
    HTTPRequest,
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


def _adapt(body: dict[str, Any], request: Request) -> dict[str, Any]:
    """Keep to the rules of the thinking mode (https://api-docs.deepseek.com/guides/thinking_mode)."""
    if body.get("reasoning_effort") == "none":
        del body["reasoning_effort"]
        body["thinking"] = {"type": "disabled"}
    for message in body["messages"]:
        if message.get("tool_calls"):
            # A call of another model has no reasoning, but without the field it is refused.
            message.setdefault("reasoning_content", "")
    return body


@cache
def _rules() -> Rules:
    from .rules import RULES

    return RULES


DIALECT = ChatDialect(
    keys=("name", "prefix"),
    formats=("json_object", "text"),
    reasoning_field="reasoning_content",
    parts=(),
    rules=_rules,
    adapt=_adapt,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare DeepSeek."""
    return Provider(
        name="deepseek",
        base_url="https://api.deepseek.com",
        key_env=("DEEPSEEK_API_KEY",),
        models=("deepseek-*",),
        not_models=("*:*",),  # a tag is Ollama's way of naming
        state=DIALECT.state,
        params=(
            *PARAMS,
            *(
                "thinking",
                "prefix",
            ),
        ),
        capabilities=Capabilities(reasoning=True, structured_output=True),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request."""
    return DIALECT.build_request(request, provider)
