"""Errors of Azure, and what to do about each.

Codes are words or the status in digits, so the HTTP status decides first. Source: Microsoft's
reference of Azure OpenAI, and bodies that users have reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec
from chimeric_chat_completions.errors import read_error

from chimeric import ErrorInfo, HTTPResponse, ProviderConfig

from .entra import scope_of
from .filters import blocked_by
from .surface import VERSIONS, version_told

__all__ = ["explained", "parse_error"]

VERSION = re.compile(r"api[- ]version", re.IGNORECASE)


def parse_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo:
    """Read an error answer of any surface; the message ends with the next step."""
    body = response.json()
    info = _read(body) or ErrorInfo(message=_shown(response))
    if response.status == 400 and str(info.code) == "content_filter":
        return _blocked(info, body)
    step = next(_steps(response.status, info, provider), None)
    return info if step is None else explained(info, step)


def explained(info: ErrorInfo, step: str) -> ErrorInfo:
    """An error with the next step after its message."""
    return msgspec.structs.replace(info, message=f"{info.message.rstrip(' .')}: {step}")


def _read(body: Any) -> ErrorInfo | None:
    if isinstance(body, Mapping):
        told = cast("Mapping[str, Any]", body)
        error = told.get("error")
        if isinstance(error, Mapping):
            # What stands in "innererror" says the same once more, in a word for machines.
            kept = {n: v for n, v in cast("Mapping[str, Any]", error).items() if n not in INNER}
            return read_error({"error": kept})
    return read_error(body)


INNER = ("innererror", "inner_error", "content_filter_results", "content_filters")


def _shown(response: HTTPResponse) -> str:
    """The message for an answer that is none of the service's: a page, or nothing at all."""
    text = " ".join(response.body[:200].decode("utf-8", "replace").split())
    what = "an HTML page" if text.startswith("<") else repr(text) if text else "an empty body"
    return f"the server answered with status {response.status} and {what}"


def _blocked(info: ErrorInfo, body: Any) -> ErrorInfo:
    """The prompt was stopped before anything was generated."""
    found = list(dict.fromkeys(_categories(body)))
    by = f" ({', '.join(found)})" if found else ""
    step = f"the content filter blocked the prompt{by}; change it, or the deployment's filter"
    return msgspec.structs.replace(explained(info, step), kind="bad_request", retryable=False)


def _categories(value: Any) -> Iterator[str]:
    """What the filter found, wherever in the body it says so: there are four forms."""
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _categories(item)
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            if name in ("content_filter_result", "content_filter_results"):
                yield from blocked_by(inner)
            else:
                yield from _categories(inner)


def _steps(status: int, info: ErrorInfo, provider: ProviderConfig) -> Iterator[str]:
    """What to do, the most telling first."""
    code, said = str(info.code or ""), info.message
    if code == "DeploymentNotFound":
        yield (
            "write azure:DEPLOYMENT with the name of a deployment of this resource, not of a model "
            "(a new one is there after five minutes)"
        )
    elif status in (400, 404) and VERSION.search(said):
        yield f"leave azure_api_version and {VERSIONS[0]} out to use the v1 API, or name another"
    elif "model not supported" in said.lower() or code == "OperationNotSupported":
        yield "this deployment may speak another API: pass api='chat_completions' or 'responses'"
    elif status == 401:
        yield (
            "key and azure_base_url must be of one resource; a token of Entra ID needs the scope "
            f"{scope_of(provider.options)} and the role 'Cognitive Services OpenAI User'"
        )
    elif status == 403:
        yield "look at the resource's network rules, and at the roles of whoever asks"
    elif status == 404:
        version = version_told(provider)
        yield (
            f"the {f'api_version {version}' if version else 'path'} may not be known there; "
            "azure_base_url is https://RESOURCE.openai.azure.com or "
            "https://RESOURCE.services.ai.azure.com, and without a version it is the v1 API"
        )
    elif "an HTML page" in said:
        yield "that is no answer of the service: look for a proxy, or at azure_base_url"
