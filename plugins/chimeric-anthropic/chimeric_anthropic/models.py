"""The model list: ``GET /models``, page by page, and ``GET /models/{id}``."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec
from chimeric_models.facts import day, facts, moment

from chimeric import (
    HTTPRequest,
    HTTPResponse,
    ModelInfo,
    ModelPage,
    ProviderConfig,
    quote_segment,
)

from .request import VERSION


class Listing(msgspec.Struct):
    """One page; the next one begins after ``last_id``."""

    data: list[dict[str, Any]] | None = None
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


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model. The service knows aliases, too."""
    return HTTPRequest(
        method="GET",
        url=f"{provider.base_url}/models/{quote_segment(model)}",
        headers={"anthropic-version": VERSION},
    )


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, and the cursor of the next one; or the one model that was asked for.

    Raises:
        msgspec.ValidationError: when the body is neither.
    """
    page = msgspec.json.decode(response.body, type=Listing)
    entries = page.data
    if entries is None:
        entries = [msgspec.json.decode(response.body, type=dict[str, Any])]
        if "id" not in entries[0]:
            raise msgspec.ValidationError("the answer holds no models")
    models = tuple(_model(entry, provider.name) for entry in entries if entry.get("id"))
    return ModelPage(models, page.last_id if page.has_more else None)


def _model(entry: dict[str, Any], provider: str) -> ModelInfo:
    created, lifecycle = moment(entry.get("created_at")), entry.get("lifecycle")
    told = entry.get("capabilities")
    # Each is an object that says so; those of a kind (the server tools) hold further ones.
    can = {
        word: value.get("supported")
        for word, value in (told.items() if isinstance(told, dict) else ())
        if isinstance(value, dict)
    }
    return ModelInfo(
        id=entry["id"],
        provider=provider,
        name=entry.get("display_name"),
        created=None if created is None else int(created.timestamp()),
        context_window=entry.get("max_input_tokens"),
        max_output_tokens=entry.get("max_tokens"),
        deprecated=None if lifecycle is None else lifecycle != "active",
        retires=day(entry.get("retires_at")),
        native=entry,
        **facts(can),
    )
