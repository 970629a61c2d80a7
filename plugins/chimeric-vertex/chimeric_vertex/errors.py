"""Errors: Google's shape, alone or in a list, and those of the models behind it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from chimeric_anthropic.errors import answer_error
from chimeric_chat_completions.errors import read_error as read_chat_error
from chimeric_google.errors import read_error as read_google_error

from chimeric import ErrorInfo, HTTPResponse, ProviderConfig

ADVICE: Final = (
    (400, "not allowed to use Publisher Model", "enable the model in Vertex AI's Model Garden"),
    (
        403,
        "SERVICE_DISABLED",
        "enable the API in the project: gcloud services enable aiplatform.googleapis.com",
    ),
    (
        403,
        "quota project",
        "gcloud auth application-default set-quota-project PROJECT, or GOOGLE_CLOUD_QUOTA_PROJECT",
    ),
    (
        403,
        "USER_PROJECT_DENIED",
        "the quota project is another one's: gcloud auth application-default set-quota-project",
    ),
    (403, "", "give the caller the role Vertex AI User (aiplatform.endpoints.predict)"),
    (
        404,
        "",
        "is the model served in this location? Try vertex_location='global' or a region of the "
        "model's page; names are case-sensitive",
    ),
    (
        429,
        "Resource exhausted",
        "capacity that all share is used up: try vertex_location='global', or later",
    ),
)
"""Status, words of the error, and what to do about it; the first that fits is told."""

NO_KEY: Final = (
    "the key went as an express key: for tokens pass vertex_auth_token= or set VERTEX_AUTH_TOKEN"
)
PROXY: Final = "that is no answer of Vertex AI: look for a proxy, or at vertex_base_url"
EXPIRED: Final = (
    "the token is expired, revoked or none of Google's: gcloud auth application-default login, or "
    "a callable that returns fresh ones"
)


def read(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo | None:
    """Read an error answer, and add what to do about it; None where it is of no shape."""
    info, advice = _read(response), _advice(response, provider)
    if info is None:
        if not response.body.lstrip().startswith(b"<"):
            return None
        advice = advice or PROXY
        info = ErrorInfo(message=f"status {response.status} came with an HTML page")
    return (
        msgspec.structs.replace(info, message=f"{info.message.rstrip('.')}; {advice}")
        if advice
        else info
    )


def _read(response: HTTPResponse) -> ErrorInfo | None:
    told = response.json()
    if isinstance(told, list):
        told = next(iter(told), None)  # pyright: ignore
    if not isinstance(told, dict):
        return None
    outer: dict[str, Any] = told  # pyright: ignore
    if outer.get("type") == "error":
        return answer_error(response)
    inner: Any = outer.get("error")
    if isinstance(inner, dict) and "status" in inner:
        return read_google_error(outer)
    return read_chat_error(outer) or read_google_error(outer)


def _advice(response: HTTPResponse, provider: ProviderConfig) -> str | None:
    if response.status == 401:
        from .places import is_express

        return NO_KEY if is_express(provider) else EXPIRED
    text = response.body[:20_000].decode("utf-8", "replace")
    fits = (a for status, words, a in ADVICE if status == response.status and words in text)
    return next(fits, None)
