"""The list of Google's models, page by page. It is of no project."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

from .gemini import VERSION
from .places import is_express, location_of, server

PAGE_SIZE: Final = 200


class _Page(msgspec.Struct, rename="camel"):
    publisher_models: list[dict[str, Any]] | None = None
    next_page_token: str | None = None


def page_request(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for one page."""
    location = "global" if is_express(provider) else location_of(provider.options)
    url = f"{server(provider, VERSION, location)}/publishers/google/models?pageSize={PAGE_SIZE}"
    if cursor:
        url += f"&pageToken={quote(cursor, safe='')}"
    return HTTPRequest(method="GET", url=url)


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page."""
    page = msgspec.json.decode(response.body, type=_Page)
    models = tuple(
        Model(
            id=name.rpartition("/")[2],
            provider=provider.name,
            name=entry.get("displayName"),
            native=entry,
        )
        for entry in page.publisher_models or ()
        if (name := str(entry.get("name") or ""))
    )
    return ModelPage(models, page.next_page_token or None)
