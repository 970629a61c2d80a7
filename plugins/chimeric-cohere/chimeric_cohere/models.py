"""The model list, page by page. It has stayed at v1 of the API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

PAGE_SIZE = 1000
"""The most that the API gives at once."""


class _Page(msgspec.Struct):
    models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None


def list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page of the chat models."""
    base = provider.base_url
    base = base.removesuffix("/v2") + "/v1" if base.endswith("/v2") else base
    url = f"{base}/models?endpoint=chat&page_size={PAGE_SIZE}"
    if cursor:
        url += f"&page_token={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page."""
    page = msgspec.json.decode(response.body, type=_Page)
    models = tuple(
        Model(
            id=str(entry["name"]),
            provider=provider.name,
            context_window=_int(entry.get("context_length")),
            native=entry,
        )
        for entry in page.models or ()
        if entry.get("name")
    )
    return ModelPage(models, page.next_page_token or None)


def _int(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None
