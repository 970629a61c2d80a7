"""The models that are pulled; the list has no pages. What is known of one is in another place."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_models.facts import facts

from chimeric import HTTPRequest, HTTPResponse, Model, ModelInfo, ModelPage, ProviderConfig

from .request import api_root


class _Tags(msgspec.Struct):
    models: list[dict[str, Any]] | None = None


class _Shown(msgspec.Struct):
    """The answer of ``/api/show``, which does not repeat the model's name."""

    model_info: dict[str, Any]
    capabilities: list[str] | None = None


def list_models(provider: ProviderConfig) -> HTTPRequest:
    """The request for the list."""
    return HTTPRequest(method="GET", url=f"{api_root(provider)}/tags")


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for what is known of one model."""
    return HTTPRequest(url=f"{api_root(provider)}/show", body={"model": model})


def parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """All models, or the one that was asked for."""
    if b'"model_info"' in response.body:
        return ModelPage((_shown(response, provider),))
    tags = msgspec.json.decode(response.body, type=_Tags)
    return ModelPage(
        tuple(
            Model(id=str(name), provider=provider.name, native=entry)
            for entry in tags.models or ()
            if (name := entry.get("model") or entry.get("name"))
        )
    )


def _shown(response: HTTPResponse, provider: ProviderConfig) -> ModelInfo:
    shown = msgspec.json.decode(response.body, type=_Shown)
    told = shown.model_info
    window = told.get(f"{told.get('general.architecture')}.context_length")
    return ModelInfo(
        id="",
        provider=provider.name,
        context_window=window if isinstance(window, int) else None,
        native=msgspec.json.decode(response.body),
        **facts(shown.capabilities),
    )
