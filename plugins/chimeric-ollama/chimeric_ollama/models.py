"""The models that are pulled. The list has no pages."""

from __future__ import annotations

from typing import Any

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

from .request import api_root


class _Tags(msgspec.Struct):
    models: list[dict[str, Any]] | None = None


def list_models(provider: ProviderConfig) -> HTTPRequest:
    """The request for the list."""
    return HTTPRequest(method="GET", url=f"{api_root(provider)}/tags")


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """All models."""
    tags = msgspec.json.decode(response.body, type=_Tags)
    return ModelPage(
        tuple(
            Model(id=str(name), provider=provider.name, native=entry)
            for entry in tags.models or ()
            if (name := entry.get("model") or entry.get("name"))
        )
    )
