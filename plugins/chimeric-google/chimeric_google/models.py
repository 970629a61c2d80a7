"""The model list, page by page, and one model of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from chimeric_models.facts import facts

from chimeric import (
    HTTPRequest,
    HTTPResponse,
    ModelInfo,
    ModelPage,
    ProviderConfig,
    quote_segment,
)

PAGE_SIZE = 1000
"""The most that the API gives at once."""


class _Page(msgspec.Struct, rename="camel"):
    models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None
    name: str | None = None


def list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page."""
    url = f"{provider.base_url}/models?pageSize={PAGE_SIZE}"
    if cursor:
        url += f"&pageToken={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model."""
    name = quote_segment(model.removeprefix("models/"), safe="/")
    place = name if name.startswith("tunedModels/") else f"models/{name}"
    return HTTPRequest(method="GET", url=f"{provider.base_url}/{place}")


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page that can generate content, or the one that was asked for."""
    page = msgspec.json.decode(response.body, type=_Page)
    if page.name is not None:
        return ModelPage((_model(msgspec.json.decode(response.body), provider),))
    models = tuple(
        _model(entry, provider)
        for entry in page.models or ()
        if "generateContent" in (entry.get("supportedGenerationMethods") or ("generateContent",))
    )
    return ModelPage(models, page.next_page_token or None)


def _model(entry: dict[str, Any], provider: ProviderConfig) -> ModelInfo:
    return ModelInfo(
        id=str(entry.get("name", "")).removeprefix("models/"),
        provider=provider.name,
        name=entry.get("displayName"),
        context_window=entry.get("inputTokenLimit"),
        max_output_tokens=entry.get("outputTokenLimit"),
        native=entry,
        **facts({"thinking": entry.get("thinking")}),
    )
