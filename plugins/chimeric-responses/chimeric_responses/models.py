"""The model list that comes with this protocol, one page of ``{"data": [...]}``; and one model."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import (
    HTTPRequest,
    HTTPResponse,
    ModelInfo,
    ModelPage,
    ProviderConfig,
    quote_segment,
)

__all__ = ["get_model", "list_models", "parse_models"]


class _Entry(msgspec.Struct):
    id: str
    created: int | None = None
    shutdown_date: str | None = None


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw] | None = None


def list_models(provider: ProviderConfig) -> HTTPRequest:
    """The request for the list; it has no pages."""
    return HTTPRequest(method="GET", url=f"{provider.base_url}/models")


def get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model."""
    return HTTPRequest(method="GET", url=f"{provider.base_url}/models/{quote_segment(model)}")


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the list, or the one model that was asked for.

    Raises:
        msgspec.DecodeError: when the body is no model list.
    """
    from chimeric_models.facts import day

    entries = msgspec.json.decode(response.body, type=_Listing).data
    models: list[ModelInfo] = []
    for raw in [response.body] if entries is None else entries:
        entry = msgspec.json.decode(raw, type=_Entry)
        models.append(
            ModelInfo(
                id=entry.id,
                provider=provider.name,
                created=entry.created,
                retires=day(entry.shutdown_date),
                native=msgspec.json.decode(raw, type=dict[str, Any]),
            )
        )
    return ModelPage(tuple(models))
