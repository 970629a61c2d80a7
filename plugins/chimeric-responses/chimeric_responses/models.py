"""The model list that comes with this protocol: one page of ``{"data": [...]}``."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

__all__ = ["list_models", "parse_models"]


class _Entry(msgspec.Struct):
    id: str
    created: int | None = None


class _Listing(msgspec.Struct):
    data: list[msgspec.Raw]


def list_models(provider: ProviderConfig) -> HTTPRequest:
    """The request for the list; it has no pages."""
    return HTTPRequest(method="GET", url=f"{provider.base_url}/models")


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read the list.

    Raises:
        msgspec.DecodeError: when the body is no model list.
    """
    entries = msgspec.json.decode(response.body, type=_Listing).data
    models: list[Model] = []
    for raw in entries:
        entry = msgspec.json.decode(raw, type=_Entry)
        models.append(
            Model(
                id=entry.id,
                provider=provider.name,
                created=entry.created,
                native=msgspec.json.decode(raw, type=dict[str, Any]),
            )
        )
    return ModelPage(tuple(models))
