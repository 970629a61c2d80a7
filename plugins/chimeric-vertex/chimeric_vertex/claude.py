"""Requests for Claude: those of ``chimeric-anthropic``, at the paths of Vertex AI."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from chimeric_anthropic.clouds import refuse_sources
from chimeric_anthropic.request import COUNTED, SAMPLING_VERSION
from chimeric_anthropic.request import build as build_messages

from chimeric import HTTPRequest, ProviderConfig, Request, quote_segment

from .models import Model
from .places import scope

VERSION: Final = "2026-10-21"
SAMPLING: Final = "vertex-2023-10-16"
"""``anthropic_version`` in the body, of models from 4.7 on and of those before, which sample."""


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request: the version is in the body, the model in the path."""
    model = Model.of(request.model, request.options)
    http = build_messages(request.replace(model=model.name), provider)
    headers = dict(http.headers)
    sampled = headers.pop("anthropic-version") == SAMPLING_VERSION
    body = dict(cast("dict[str, Any]", http.body))
    if "model" not in request.extra_body:
        del body["model"]
    body.setdefault("anthropic_version", SAMPLING if sampled else VERSION)
    refuse_sources(body, "Claude on Vertex AI", "url")
    method = "streamRawPredict" if request.stream else "rawPredict"
    where = f"{scope(provider, 'v1', claude=True)}/publishers/{quote_segment(model.publisher)}"
    url = f"{where}/models/{quote_segment(model.name, '@')}:{method}"
    return msgspec.structs.replace(http, url=url, headers=headers, body=body, framing="sse")


def count_request(http: HTTPRequest, request: Request) -> HTTPRequest:
    """The request that counts the tokens of another one: here the model is in the body."""
    name = Model.of(request.model, request.options).name
    body = cast("dict[str, Any]", http.body)
    counted = {key: body[key] for key in (*COUNTED, "anthropic_version") if key in body}
    return msgspec.structs.replace(
        http,
        url=f"{http.url.rpartition('/')[0]}/count-tokens:rawPredict",
        body={"model": name, **counted},
    )
