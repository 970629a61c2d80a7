"""Model lists, in each protocol's shape and with its paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from chimeric_dialects import (
    AzureChat,
    ChatCompletions,
    Cohere,
    Converse,
    Dialect,
    Gemini,
    Messages,
    Ollama,
    Problem,
    Request,
    VertexGemini,
    is_azure,
    json_reply,
)
from chimeric_dialects import Reply as Listed

from chimeric_sim.server import Reply

from .handler import refuse
from .headers import service_headers
from .models import CATALOG, behaviour_of, catalog_for
from .service import SimulatedService

__all__ = ["list_models"]

_CREATED = 1_790_000_000
_COHERE_QUERY = ("endpoint", "page_size", "page_token", "default_only")
_OLLAMA_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "sim",
    "families": ["sim"],
    "parameter_size": "1.0B",
    "quantization_level": "Q4_K_M",
}

_Lister = Callable[[Request, "str | None"], Listed]


def list_models(request: Request, path: str, service: SimulatedService) -> Reply | None:
    """The list, or one model of it, that ``path`` names; None where it names neither."""
    found = _lister(request, path)
    if found is None:
        return None
    dialect, lister, one = found
    try:
        dialect.authenticate(request, service)
        listed = lister(request, one)
    except Problem as problem:
        problem.variant = dialect.variant_of(request)
        return refuse(dialect, problem)
    headers = dict(listed.headers)
    if isinstance(dialect, (ChatCompletions, Messages, Cohere)):
        headers |= {**dialect.id_headers(), **service_headers(dialect)}
    return Reply(status=listed.status, headers=headers, body=listed.body)


def _lister(request: Request, path: str) -> tuple[Dialect, _Lister, str | None] | None:
    if request.method == "POST":
        return (Ollama(), _ollama_show, None) if path.endswith("/api/show") else None
    if path.endswith("/api/tags"):
        return Ollama(), _ollama, None
    if path.endswith("/api/version"):
        return Ollama(), _ollama_version, None
    own: tuple[tuple[str, Callable[[], Dialect], _Lister], ...] = (
        ("/foundation-models", Converse, _bedrock),
        ("/inference-profiles", Converse, _profiles),
        ("/publishers/google/models", VertexGemini, _vertex),
        ("/language-models", ChatCompletions, _grok),
        ("/api/v1/models", ChatCompletions, _openrouter),
    )
    for place, make, lister in own:
        _, found, name = path.partition(place)
        if found and (not name or name.startswith("/")):
            return make(), lister, unquote(name[1:]) or None
    _, slash, name = path.partition("/models")
    if not slash or (name and not name.startswith("/")):
        return None
    dialect, lister = _models_at(request, name[1:])
    return dialect, lister, name[1:] or None


def _models_at(request: Request, name: str) -> tuple[Dialect, _Lister]:
    """Five services list their models at ``/v1/models``: headers, query and names tell which."""
    headers = request.headers
    if is_azure(request):
        return AzureChat(), _openai
    if "anthropic-version" in headers:
        return Messages(), _anthropic
    if "x-goog-api-key" in headers or "/v1beta" in request.path or "key" in request.query:
        return Gemini(), _gemini
    fern = headers.get("x-fern-sdk-name") == "cohere"
    if fern or name in CATALOG["cohere"] or any(key in request.query for key in _COHERE_QUERY):
        return Cohere(), _cohere
    return ChatCompletions(), _openai


def _page(
    names: list[str], size: str | None, token: str | None, default: int, most: int
) -> tuple[list[str], str | None]:
    """One page of names and the token of the next; a token is a position."""
    if size and not size.isdigit():
        raise Problem("bad_request", f"page size must be a number, not {size!r}")
    if token and not token.isdigit():
        raise Problem("bad_request", f"page token {token!r} is not valid")
    start = int(token or 0)
    end = start + min(int(size or default) or default, most)
    return names[start:end], str(end) if end < len(names) else None


def _openai(request: Request, one: str | None) -> Listed:
    groq = request.path.startswith("/openai/")

    def entry(name: str) -> dict[str, Any]:
        found = {"id": name, "object": "model", "created": _CREATED, "owned_by": "sim"}
        if groq:
            found |= {"active": True, "context_window": 131072, "max_completion_tokens": 65536}
        return found

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one))
    names = catalog_for("groq" if groq else "openai")
    data = [entry(name) for name in names]
    if ChatCompletions().variant_of(request) == "together":
        return json_reply(200, data)  # its SDK's type of the list
    return json_reply(200, {"object": "list", "data": data})


def _openrouter(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "id": name,
            "canonical_slug": name,
            "name": name,
            "created": _CREATED,
            "description": "A simulated model.",
            "context_length": 131072,
            "architecture": {
                "input_modalities": ["text", "image"],
                "output_modalities": ["text"],
                "tokenizer": "Other",
            },
            "pricing": {"prompt": "0.000001", "completion": "0.000004"},
            "top_provider": {
                "context_length": 131072,
                "max_completion_tokens": 65536,
                "is_moderated": False,
            },
            "per_request_limits": None,
            "supported_parameters": ["max_tokens", "reasoning", "structured_outputs", "tools"],
            "default_parameters": {},
            "expiration_date": None,
        }

    if one is not None:
        raise Problem("not_found", f"there is no page of {one}")
    return json_reply(200, {"data": [entry(name) for name in catalog_for("openrouter")]})


def _grok(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "id": name,
            "fingerprint": "fp_sim",
            "created": _CREATED,
            "object": "model",
            "owned_by": "xai",
            "version": "1.0",
            "input_modalities": ["text", "image"],
            "output_modalities": ["text"],
            "prompt_text_token_price": 10_000,
            "cached_prompt_text_token_price": 2_500,
            "completion_text_token_price": 40_000,
            "search_price": 0,
            "aliases": [],
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one))
    return json_reply(200, {"models": [entry(name) for name in catalog_for("grok")]})


def _anthropic(request: Request, one: str | None) -> Listed:
    able, unable = {"supported": True}, {"supported": False}
    capabilities = {
        "batch": able,
        "citations": able,
        "code_execution": able,
        "context_management": unable,
        "effort": unable,
        "image_input": able,
        "pdf_input": able,
        "server_tools": able,
        "structured_outputs": able,
        "thinking": able,
    }

    def entry(name: str) -> dict[str, Any]:
        return {
            "type": "model",
            "id": name,
            "display_name": name.replace("-", " ").title(),
            "created_at": "2026-09-21T00:00:00Z",
            "lifecycle": "active",
            "deprecated_at": None,
            "retires_at": None,
            "line": None,
            "max_input_tokens": 200_000,
            "max_tokens": 64_000,
            "capabilities": capabilities,
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one))
    names = catalog_for("anthropic")
    limit = request.query.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 1000:
        raise Problem("bad_request", "limit: Input should be between 1 and 1000")
    after = request.query.get("after_id")
    if after is not None and after not in names:
        raise Problem("bad_request", f"after_id: {after} is not a model of this list")
    start = names.index(after) + 1 if after else 0
    page = names[start : start + int(limit)]
    listed = {
        "data": [entry(name) for name in page],
        "has_more": start + len(page) < len(names),
        "first_id": page[0] if page else None,
        "last_id": page[-1] if page else None,
    }
    return json_reply(200, listed)


def _gemini(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "name": f"models/{name}",
            "version": "001",
            "displayName": name.replace("-", " ").title(),
            "description": "A simulated model.",
            "inputTokenLimit": 1_048_576,
            "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "temperature": 1,
            "topP": 0.95,
            "topK": 64,
            "maxTemperature": 2,
            "thinking": True,
        }

    headers = {"content-type": "application/json; charset=UTF-8"}
    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one), headers)
    query = request.query
    size, token = query.get("pageSize"), query.get("pageToken")
    names, following = _page(catalog_for("google"), size, token, 50, 1000)
    listed: dict[str, Any] = {"models": [entry(name) for name in names]}
    if following:
        listed["nextPageToken"] = following
    return json_reply(200, listed, headers)


def _vertex(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {"name": f"publishers/google/models/{name}", "versionId": "default"}

    headers = {"content-type": "application/json; charset=UTF-8"}
    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one), headers)
    query = request.query
    names, following = _page(
        catalog_for("google"), query.get("pageSize"), query.get("pageToken"), 100, 200
    )
    listed: dict[str, Any] = {"publisherModels": [entry(name) for name in names]}
    if following:
        listed["nextPageToken"] = following
    return json_reply(200, listed, headers)


def _cohere(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "is_deprecated": False,
            "endpoints": ["chat"],
            "finetuned": False,
            "context_length": 256_000,
            "tokenizer_url": None,
            "default_endpoints": [],
            "features": ["tools", "json_mode"],
            "sampling_defaults": {"temperature": 0.3, "k": 0, "p": 0.75},
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one))
    query = request.query
    size, token = query.get("page_size"), query.get("page_token")
    names, following = _page(catalog_for("cohere"), size, token, 20, 1000)
    listed: dict[str, Any] = {"models": [entry(name) for name in names]}
    if following:
        listed["next_page_token"] = following
    return json_reply(200, listed)


def _ollama(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        tagged = name if ":" in name else f"{name}:latest"
        return {
            "name": tagged,
            "model": tagged,
            "modified_at": "2026-09-21T00:00:00Z",
            "size": 1_000_000_000,
            "digest": "0" * 64,
            "details": _OLLAMA_DETAILS,
        }

    return json_reply(200, {"models": [entry(name) for name in catalog_for("ollama")]})


def _ollama_show(request: Request, one: str | None) -> Listed:
    body: Mapping[str, Any] = request.json()
    behaviour_of(str(body.get("model", "")).removesuffix(":latest"))
    shown = {
        "details": _OLLAMA_DETAILS,
        "model_info": {"general.architecture": "sim", "sim.context_length": 131072},
        "capabilities": ["completion", "tools", "thinking", "vision"],
        "template": "",
        "parameters": "",
    }
    return json_reply(200, shown)


def _ollama_version(request: Request, one: str | None) -> Listed:
    return json_reply(200, {"version": "0.15.0"})


def _bedrock(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{name}",
            "modelId": name,
            "modelName": name,
            "providerName": "sim",
            "inputModalities": ["TEXT", "IMAGE"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": True,
            "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": {"status": "ACTIVE"},
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, {"modelDetails": entry(one)})
    names = [name for name in catalog_for("bedrock") if not name.startswith("us.")]
    return json_reply(200, {"modelSummaries": [entry(name) for name in names]})


def _profiles(request: Request, one: str | None) -> Listed:
    def entry(name: str) -> dict[str, Any]:
        return {
            "inferenceProfileId": name,
            "inferenceProfileName": name,
            "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:0:inference-profile/{name}",
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
            "models": [],
        }

    if one is not None:
        behaviour_of(one)
        return json_reply(200, entry(one))
    query = request.query
    names = [name for name in catalog_for("bedrock") if name.startswith("us.")]
    page, following = _page(names, query.get("maxResults"), query.get("nextToken"), 100, 1000)
    listed: dict[str, Any] = {"inferenceProfileSummaries": [entry(name) for name in page]}
    if following:
        listed["nextToken"] = following
    return json_reply(200, listed)
