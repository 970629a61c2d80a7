"""The model list: foundation models, then the inference profiles page by page; and one of them."""

from __future__ import annotations

import re
from typing import Any, Final
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

from .regions import control_url
from .values import as_object

PROFILES: Final = "profiles:"
"""Begins the cursor of a page of inference profiles; the service's own token follows."""


_PROFILE = re.compile(r"[a-z]{2,6}\.[a-z0-9-]+\..+|arn:.*inference-profile/.+")
"""Profiles are named by a geography before the model's own name, or by an ARN."""


class Listing(msgspec.Struct, rename="camel"):
    """A page of either list, or one foundation model, or one inference profile."""

    model_details: dict[str, Any] | None = None
    inference_profile_id: str | None = None
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


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model: ``GetFoundationModel`` or ``GetInferenceProfile``."""
    kind = "inference-profiles" if _PROFILE.fullmatch(model) else "foundation-models"
    url = f"{control_url(provider)}/{kind}/{quote_segment(model)}"
    return HTTPRequest(method="GET", url=url)


def read_page(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """The models of a page, and the cursor of the next one."""
    page = msgspec.json.decode(response.body, type=Listing)
    if page.model_details is not None or page.inference_profile_id is not None:
        entry = page.model_details or msgspec.json.decode(response.body, type=dict[str, Any])
        return ModelPage((_one(entry, provider.name),))
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


def _model(entry: dict[str, Any], id_key: str, name_key: str, provider: str) -> ModelInfo | None:
    if not entry.get(id_key):
        return None
    lifecycle = as_object(entry.get("modelLifecycle"))
    begun, status = moment(lifecycle.get("startOfLifeTime")), lifecycle.get("status")
    return ModelInfo(
        id=entry[id_key],
        provider=provider,
        name=entry.get(name_key),
        created=None if begun is None else int(begun.timestamp()),
        deprecated=None if status is None else status == "LEGACY",
        retires=day(lifecycle.get("endOfLifeTime")),
        native=entry,
        **facts(
            {"streaming": entry.get("responseStreamingSupported")},
            entry.get("inputModalities"),
            entry.get("outputModalities"),
        ),
    )


def _one(entry: dict[str, Any], provider: str) -> ModelInfo:
    profile = "inferenceProfileId" in entry
    keys = ("inferenceProfileId", "inferenceProfileName") if profile else ("modelId", "modelName")
    model = _model(entry, *keys, provider)
    if model is None:
        raise msgspec.ValidationError("the answer does not name the model")
    return model
