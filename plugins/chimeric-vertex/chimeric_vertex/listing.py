"""The list of Google's models, page by page, and one of them. It is of no project."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, ModelInfo, ModelPage, ProviderConfig, quote_segment

from .gemini import VERSION
from .models import Model
from .places import is_express, location_of, server

PAGE_SIZE: Final = 200


class _Page(msgspec.Struct, rename="camel"):
    publisher_models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None
    name: str | None = None


def page_request(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page."""
    url = f"{_place(provider)}/models?pageSize={PAGE_SIZE}"
    if cursor:
        url += f"&pageToken={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest | None:
    """The request for one of Google's models; None for other models, of which no list tells."""
    told = Model.of(model, provider.options)
    if told.publisher != "google" or told.endpoint:
        return None
    return HTTPRequest(method="GET", url=f"{_place(provider)}/models/{quote_segment(told.name)}")


def _place(provider: ProviderConfig) -> str:
    location = "global" if is_express(provider) else location_of(provider.options)
    return f"{server(provider, VERSION, location)}/publishers/google"


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, or the one that was asked for."""
    page = msgspec.json.decode(response.body, type=_Page)
    entries = page.publisher_models or ()
    if page.name is not None:
        entries = [msgspec.json.decode(response.body, type=dict[str, Any])]
    models = tuple(
        ModelInfo(
            id=name.rpartition("/")[2],
            provider=provider.name,
            name=entry.get("displayName"),
            native=entry,
        )
        for entry in entries
        if (name := str(entry.get("name") or ""))
    )
    return ModelPage(models, page.next_page_token or None)
