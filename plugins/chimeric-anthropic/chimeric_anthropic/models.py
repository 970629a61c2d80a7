"""The model list: ``GET /models``, page by page."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

from .request import VERSION


class Listing(msgspec.Struct):
    """One page; the next one begins after ``last_id``."""

    data: list[dict[str, Any]]
    has_more: bool | None = None
    last_id: str | None = None


def page_request(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for the page after ``cursor``."""
    after = f"&after_id={quote(cursor, safe='')}" if cursor else ""
    return HTTPRequest(
        method="GET",
        url=f"{provider.base_url}/models?limit=1000{after}",
        headers={"anthropic-version": VERSION},
    )


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, and the cursor of the next one."""
    page = msgspec.json.decode(response.body, type=Listing)
    models = tuple(_model(entry, provider.name) for entry in page.data if entry.get("id"))
    return ModelPage(models, page.last_id if page.has_more else None)


def _model(entry: dict[str, Any], provider: str) -> Model:
    return Model(
        id=entry["id"],
        provider=provider,
        name=entry.get("display_name"),
        created=_seconds(entry.get("created_at")),
        context_window=entry.get("max_input_tokens"),
        max_output_tokens=entry.get("max_tokens"),
        native=entry,
    )


def _seconds(value: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except (TypeError, ValueError):
        return None
