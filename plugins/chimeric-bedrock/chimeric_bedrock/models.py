"""The model list: foundation models, then the inference profiles page by page."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from chimeric import HTTPRequest, HTTPResponse, Model, ModelPage, ProviderConfig

from .regions import control_url

PROFILES: Final = "profiles:"
"""Begins the cursor of a page of inference profiles; the service's own token follows."""


class Listing(msgspec.Struct, rename="camel"):
    """A page of either list."""

    model_summaries: list[dict[str, Any]] | None = None
    inference_profile_summaries: list[dict[str, Any]] | None = None
    next_token: str | None = None


def page_request(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """The request for the page after ``cursor``."""
    base = control_url(provider)
    if cursor is None:
        return HTTPRequest(method="GET", url=f"{base}/foundation-models?byOutputModality=TEXT")
    token = quote(cursor.removeprefix(PROFILES), safe="")
    more = f"&nextToken={token}" if token else ""
    return HTTPRequest(method="GET", url=f"{base}/inference-profiles?maxResults=1000{more}")


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, and the cursor of the next one."""
    page = msgspec.json.decode(response.body, type=Listing)
    if page.model_summaries is not None:
        models = [_model(e, "modelId", "modelName", provider.name) for e in page.model_summaries]
        return ModelPage(tuple(m for m in models if m), PROFILES)
    if page.inference_profile_summaries is None:
        raise msgspec.ValidationError("the answer holds neither models nor inference profiles")
    profiles = [
        _model(e, "inferenceProfileId", "inferenceProfileName", provider.name)
        for e in page.inference_profile_summaries
    ]
    cursor = PROFILES + page.next_token if page.next_token else None
    return ModelPage(tuple(m for m in profiles if m), cursor)


def _model(entry: dict[str, Any], id_key: str, name_key: str, provider: str) -> Model | None:
    if not entry.get(id_key):
        return None
    return Model(id=entry[id_key], provider=provider, name=entry.get(name_key), native=entry)
