"""Headers that the replies of the real services carry beside those of their protocols."""

from __future__ import annotations

from chimeric_dialects import (
    AzureChat,
    AzureResponses,
    ChatCompletions,
    Cohere,
    Dialect,
    Gemini,
    Messages,
    Prompt,
    Responses,
)

__all__ = ["service_headers"]

_OPENAI = {
    "openai-processing-ms": "12",
    "openai-version": "2020-10-01",
    "openai-organization": "sim",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-limit-tokens": "2000000",
    "x-ratelimit-remaining-requests": "9999",
    "x-ratelimit-remaining-tokens": "1999000",
    "x-ratelimit-reset-requests": "6ms",
    "x-ratelimit-reset-tokens": "0s",
}
_AZURE = {
    "azureml-model-session": "sim",
    "x-ms-region": "sim",
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-limit-tokens": "100000",
    "x-ratelimit-remaining-requests": "999",
    "x-ratelimit-remaining-tokens": "99900",
    "x-ratelimit-reset-requests": "1",
    "x-ratelimit-reset-tokens": "1",
}
_GROQ = {"x-groq-region": "sim", "x-ratelimit-limit-requests": "14400"}
_ANTHROPIC = {
    "anthropic-organization-id": "sim",
    "anthropic-ratelimit-requests-limit": "4000",
    "anthropic-ratelimit-requests-remaining": "3999",
    "anthropic-ratelimit-requests-reset": "2026-11-22T12:00:00Z",
    "anthropic-ratelimit-tokens-limit": "2400000",
    "anthropic-ratelimit-tokens-remaining": "2399999",
    "anthropic-ratelimit-tokens-reset": "2026-11-22T12:00:00Z",
}
_SERVICES: dict[type[Dialect], dict[str, str]] = {
    AzureChat: _AZURE,
    AzureResponses: _AZURE,
    ChatCompletions: _OPENAI,
    Responses: _OPENAI,
    Messages: _ANTHROPIC,
    Gemini: {"server-timing": "gfet4t7; dur=12"},
    Cohere: {"x-endpoint-monthly-call-limit": "1000"},
}


def service_headers(dialect: Dialect, prompt: Prompt | None = None) -> dict[str, str]:
    """Headers of the answer to a prompt; of an error or a list without one."""
    if prompt is not None and prompt.options.get("variant") == "groq":
        return _GROQ
    found = _SERVICES.get(type(dialect), {})
    return {**found, "vary": "Origin"} if prompt and isinstance(dialect, Gemini) else found
