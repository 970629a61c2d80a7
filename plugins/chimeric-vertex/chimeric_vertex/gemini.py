"""Requests for Gemini: those of ``chimeric-google``, at the paths of Vertex AI."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec
from chimeric_anthropic.values import as_list, as_object
from chimeric_google.request import build_request

from chimeric import (
    ConfigurationError,
    HTTPRequest,
    ProviderConfig,
    Request,
    quote_segment,
)

from .models import Model
from .places import is_express, scope, server

VERSION: Final = "v1beta1"
"""What ``google-genai`` uses for Vertex AI; it has what the Developer API calls ``v1beta``."""

STATE: Final = "vertex.generate_content"
"""Names the parts that are echoed: the Developer API refuses these signatures."""

TIER: Final = "x-vertex-ai-llm-shared-request-type"

NOT_HERE: Final = ("store",)
"""Fields of the Developer API alone: ``google-genai`` refuses them for Vertex AI."""

TOOLS_NOT_HERE: Final = ("fileSearch", "mcpServers")
"""The same of tools."""

TIERS: Final = ("flex", "priority")

BARE: Final = {"thoughtSignature", "thought"}

_PLACE: Final = "http://vertex"


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for Gemini."""
    model = Model.of(request.model, request.options)
    named = request.replace(model=model.name)
    http = build_request(named, msgspec.structs.replace(provider, base_url=_PLACE), STATE)
    method = http.url.rpartition(":")[2]
    body = dict(cast("dict[str, Any]", http.body))
    dropped = list(http.dropped)
    headers = _fit(body, request, dropped)
    url = f"{_place(model, provider)}:{method}"
    return msgspec.structs.replace(
        http, url=url, headers=headers, body=body, dropped=tuple(dropped), framing="gemini"
    )


def count_request(http: HTTPRequest) -> HTTPRequest:
    """The request of ``countTokens``; here it takes tools and a system prompt as they are."""
    body = cast("dict[str, Any]", http.body)
    counted = ("contents", "systemInstruction", "tools", "generationConfig")
    return HTTPRequest(
        url=f"{http.url.rpartition(':')[0]}:countTokens",
        body={name: body[name] for name in counted if name in body},
    )


def _place(model: Model, provider: ProviderConfig) -> str:
    """The URL of a model, without the method."""
    if is_express(provider):
        if model.endpoint or model.publisher != "google":
            raise ConfigurationError(
                f"an express key reaches Google's own models only, not {model.name!r}: set "
                "GOOGLE_CLOUD_PROJECT and use Google credentials",
                provider=provider.name,
            )
        return f"{server(provider, VERSION)}/publishers/google/models/{quote_segment(model.name)}"
    where = scope(provider, VERSION)
    if model.endpoint:
        return f"{where}/endpoints/{model.endpoint}"
    publisher = quote_segment(model.publisher)
    return f"{where}/publishers/{publisher}/models/{quote_segment(model.name, '@')}"


def _fit(body: dict[str, Any], request: Request, dropped: list[str]) -> dict[str, str]:
    """Change what Vertex AI takes otherwise than the Developer API; return headers for it."""
    said = request.extra_body  # goes as it is
    if "contents" not in said:
        _drop_bare_signatures(body["contents"])
    config = body.get("toolConfig")
    if "toolConfig" not in said and isinstance(config, dict):
        # Only the Developer API tells of its own calls in parts.
        kept = {k: v for k, v in config.items() if k != "includeServerSideToolInvocations"}  # pyright: ignore
        body["toolConfig"] = kept
        if not kept:
            del body["toolConfig"]
    for name in NOT_HERE:
        if name in body and name not in said:
            del body[name]
            dropped.append(f"{name}: Vertex AI has no such field")
    if "tools" in body and "tools" not in said:
        tools = cast("list[dict[str, Any]]", body["tools"])
        body["tools"] = [tool for tool in tools if not tool.keys() & set(TOOLS_NOT_HERE)]
        for tool in tools:
            dropped += [f"the tool {n}: Vertex AI has none" for n in TOOLS_NOT_HERE if n in tool]
        if not body["tools"]:
            del body["tools"]
    tier = body.get("serviceTier", body.get("service_tier"))
    if tier is None or {"serviceTier", "service_tier"} & said.keys():
        return {}
    body.pop("serviceTier", None)
    body.pop("service_tier", None)
    if str(tier).lower() in TIERS:
        return {TIER: str(tier).lower()}
    if str(tier).lower() not in ("standard", "default", "auto"):
        dropped.append(f"service_tier={tier!r}: Vertex AI has {' and '.join(TIERS)}")
    return {}


def _drop_bare_signatures(contents: Any) -> None:
    """A part of a signature alone, sent back, is refused: "Invalid thought signature"."""
    for turn in as_list(contents):
        parts = as_list(as_object(turn).get("parts"))
        if any(_is_bare(part) for part in parts):
            turn["parts"] = [part for part in parts if not _is_bare(part)]


def _is_bare(part: Any) -> bool:
    keys = as_object(part).keys()
    return bool(keys) and keys <= BARE
