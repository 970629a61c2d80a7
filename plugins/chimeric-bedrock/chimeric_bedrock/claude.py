"""Requests for Claude in its own form: InvokeModel, and the Messages API at Bedrock's hosts.

Source: ``InvokeModel`` of the service's model in botocore, and ``anthropic``'s client for Bedrock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec
from chimeric_anthropic.clouds import refuse_sources
from chimeric_anthropic.request import COUNTED
from chimeric_anthropic.request import build as build_messages

from chimeric import (
    HTTPRequest,
    ModelNotSupportedError,
    ProviderConfig,
    Request,
    quote_segment,
)

from .names import family_of, is_claude
from .regions import mantle_url, runtime_url
from .values import as_object

VERSION: Final = "bedrock-2023-05-31"
"""``anthropic_version`` of every model; the newer one of Anthropic's is refused by some."""

HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "guardrailConfig": {
        "guardrailIdentifier": "x-amzn-bedrock-guardrailidentifier",
        "guardrailVersion": "x-amzn-bedrock-guardrailversion",
        "trace": "x-amzn-bedrock-trace",
    },
    "performanceConfig": {"latency": "x-amzn-bedrock-performanceconfig-latency"},
    "serviceTier": {"type": "x-amzn-bedrock-service-tier"},
}
"""Converse's fields of a body, which are headers here."""

METADATA: Final = "x-amzn-bedrock-request-metadata"


def build(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request: the version is in the body, the model in the path.

    Raises:
        ModelNotSupportedError: for the model of another vendor, and for what is told by a URL.
    """
    family = family_of(request.model, provider.options)
    vendor = family.partition("/")[0]
    if not is_claude(family) and "." in vendor:
        raise ModelNotSupportedError(
            f"api='invoke' asks Claude in its own form, and {request.model} is none: leave the api "
            "out (Converse), or say what it is made of (bedrock_family='claude-sonnet-4-5')"
        )
    own, headers, dropped = _own(request.extra)
    http = build_messages(request.replace(model=family, extra=own), provider)
    headers = {**http.headers, **headers}
    del headers["anthropic-version"]
    body = {"anthropic_version": VERSION, **cast("Mapping[str, Any]", http.body)}
    for name in ("model", "stream"):
        if name not in request.extra_body:
            body.pop(name, None)
    if betas := headers.pop("anthropic-beta", None):
        body.setdefault("anthropic_beta", [beta.strip() for beta in betas.split(",")])
    refuse_sources(body, "Claude on Bedrock", "url", "file")
    verb = "invoke-with-response-stream" if request.stream else "invoke"
    stream = "application/vnd.amazon.eventstream"
    base = runtime_url(provider, request.model)
    return msgspec.structs.replace(
        http,
        url=f"{base}/model/{quote_segment(request.model)}/{verb}",
        headers={"accept": stream if request.stream else "application/json", **headers},
        body=body,
        dropped=(*http.dropped, *dropped),
    )


def build_at_host(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request of the Messages API itself, as Anthropic has it."""
    family = family_of(request.model, provider.options)
    mantle = provider.options.get("mantle")
    base = mantle_url(provider) if mantle else runtime_url(provider, request.model)
    base = base if base.endswith("/v1") else f"{base.removesuffix('/anthropic')}/anthropic/v1"
    there = msgspec.structs.replace(provider, base_url=base)
    http = build_messages(request.replace(model=family), there)
    body = {**cast("Mapping[str, Any]", http.body)}
    body["model"] = request.extra_body.get("model", request.model)
    refuse_sources(body, "Claude on Bedrock", "url", "file")
    return msgspec.structs.replace(http, body=body, framing="sse")


def counted(http: HTTPRequest) -> dict[str, Any]:
    """The body to count: without what is of no weight, but with what Claude does not go without."""
    body = as_object(http.body)
    kept = (*COUNTED, "max_tokens", "anthropic_version", "anthropic_beta")
    return {name: body[name] for name in kept if name in body}


def _own(extra: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The caller's fields without Converse's, the headers for these, and what is lost of them."""
    own = dict(extra)
    headers: dict[str, str] = {}
    dropped: list[str] = []
    for field, names in HEADERS.items():
        for name, value in as_object(own.pop(field, None)).items():
            if header := names.get(name):
                text = str(value)
                headers[header] = text.upper() if name == "trace" else text
            else:
                dropped.append(f"{field}.{name}: InvokeModel has no place for it")
    if metadata := own.pop("requestMetadata", None):
        headers[METADATA] = msgspec.json.encode(metadata).decode()
    return own, headers, dropped
