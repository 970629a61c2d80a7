"""Groq: open-weight models over chat completions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_chat_completions import (
    PARAMS,
    ChatDialect,
    chimeric_get_model,
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_parse_response,
)

from chimeric import (
    Capabilities,
    ErrorInfo,
    HTTPRequest,
    HTTPResponse,
    Provider,
    ProviderConfig,
    Request,
    hookimpl,
)

if TYPE_CHECKING:
    from chimeric_models import Rules

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

CAPACITY_EXCEEDED = 498
"""Groq's own status of the flex tier: no capacity now, to be tried again."""


def _refine(event: Mapping[str, Any], fields: dict[str, Any]) -> None:
    """Read what Groq says beside the protocol, in ``x_groq``."""
    from chimeric_chat_completions.errors import find_error, read_event_error
    from chimeric_chat_completions.lenient import obj, text
    from chimeric_chat_completions.usage import read_usage

    own = obj(event.get("x_groq"))
    if usage := obj(own.get("usage")):
        fields["usage"] = read_usage(usage)
        fields["usage_native"] = usage
    if request_id := text(own.get("id")):
        fields["metadata"] = {**fields.get("metadata", {}), "request_id": request_id}
    problem = find_error({"error": own.get("error")})
    if problem and "error" not in fields:
        fields["error"] = read_event_error(problem)


REASONING = re.compile(r"openai/gpt-oss|qwen/qwen-?3|deepseek-r1|.*qwq")
"""Models that take back what they thought; others answer 400 "reasoning is not supported with
this model" (vercel/ai, issue 8056)."""


def _reasoning_field(model: str) -> str | None:
    return "reasoning" if REASONING.match(model.removeprefix("groq/")) else None


@cache
def _rules() -> Rules:
    from .rules import RULES

    return RULES


DIALECT = ChatDialect(
    keys=("name",),
    reasoning_field=_reasoning_field,
    max_tokens="max_completion_tokens",
    parts=("document.document",),
    answer_media=False,
    rules=_rules,
    stream_usage=False,  # it comes in x_groq, unasked
    metadata=("service_tier", "system_fingerprint", "usage_breakdown"),
    watch=("x_groq",),
    refine=_refine,
)


chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    """Declare Groq. Of its models only these names are not served by others too."""
    return Provider(
        name="groq",
        base_url="https://api.groq.com/openai/v1",
        version_paths=("/openai/v1",),
        key_env=("GROQ_API_KEY",),
        models=(
            *("groq/*", "compound*", "*-versatile", "*-instant"),
            # Also served elsewhere: with a second such provider installed, the prefix decides.
            *("openai/gpt-oss*", "meta-llama/*", "moonshotai/*", "qwen/*"),
        ),
        state=DIALECT.state,
        params=(
            *PARAMS,
            *(
                "citation_options",
                "compound_custom",
                "disable_tool_validation",
                "documents",
            ),
            *(
                "exclude_domains",
                "include_domains",
                "include_reasoning",
                "reasoning_format",
            ),
            *("search_settings",),
        ),
        capabilities=Capabilities(images=True, reasoning=True, structured_output=True),
    )


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a request."""
    return DIALECT.build_request(request, provider)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    """Read an error; Groq's status 498 is a rate limit that may be tried again."""
    from chimeric_chat_completions.errors import read_error

    error = read_error(response.json())
    if response.status != CAPACITY_EXCEEDED:
        return error
    error = error or ErrorInfo(message="Groq has no capacity for this request now")
    return msgspec.structs.replace(error, kind="rate_limit", retryable=True)
