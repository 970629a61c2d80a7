"""The model list, page by page, and one model of it. It has stayed at v1 of the API."""

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


class _Page(msgspec.Struct):
    models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None
    name: str | None = None


def list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page of the chat models."""
    url = f"{_base(provider)}/models?endpoint=chat&page_size={PAGE_SIZE}"
    if cursor:
        url += f"&page_token={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model."""
    return HTTPRequest(method="GET", url=f"{_base(provider)}/models/{quote_segment(model)}")


def _base(provider: ProviderConfig) -> str:
    base = provider.base_url
    return base.removesuffix("/v2") + "/v1" if base.endswith("/v2") else base


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, or the one that was asked for."""
    page = msgspec.json.decode(response.body, type=_Page)
    if page.name is not None:
        return ModelPage((_model(msgspec.json.decode(response.body), provider),))
    models = tuple(_model(entry, provider) for entry in page.models or () if entry.get("name"))
    return ModelPage(models, page.next_page_token or None)


def _model(entry: dict[str, Any], provider: ProviderConfig) -> ModelInfo:
    return ModelInfo(
        id=str(entry["name"]),
        provider=provider.name,
        context_window=_int(entry.get("context_length")),
        deprecated=entry.get("is_deprecated"),
        native=entry,
        **facts(entry.get("features")),
    )


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None
