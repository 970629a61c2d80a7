"""The model list, and one model of it: what services of this protocol tell of their models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import ValidationError

from chimeric import (
    HTTPRequest,
    HTTPResponse,
    ModelInfo,
    ModelPage,
    Prices,
    ProviderConfig,
    quote_segment,
)

from .lenient import integer, items, obj, text

__all__ = ["model_request", "read_models"]

WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")

ABILITIES = (
    *("citations", "parallel_tool_calls", "reasoning", "structured_outputs", "tools", "vision"),
    *("function_calling", "tool_use"),
)
"""What of ``supported_parameters`` and ``supported_features`` is no mere parameter."""


def model_request(provider: ProviderConfig, model: str) -> HTTPRequest:
    """The request for one model, of a service that has it: ``GET /models/{id}``."""
    url = f"{provider.base_url}/models/{quote_segment(model, safe='/')}"
    return HTTPRequest(method="GET", url=url)


def read_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read ``{"data": [...]}`` (or the bare list, or ``{"models": [...]}``) of ``/models``.

    A body that is an entry itself is a page of one.

    Raises:
        msgspec.ValidationError: when the body holds no such list.
    """
    body = response.json()
    listed: Any = obj(body).get("data", obj(body).get("models"))
    if isinstance(body, list):
        listed = items(body)
    elif listed is None and text(obj(body).get("id")):
        listed = [body]
    if not isinstance(listed, list):
        raise ValidationError("the model list has neither data nor models")
    entries = [obj(entry) for entry in items(listed)]
    models: dict[str, ModelInfo] = {}
    for entry in entries:
        name = text(entry.get("id"))
        if name and name not in models:  # some list a model once for each of its aliases
            models[name] = _model(name, entry, provider.name)
    return ModelPage(tuple(models.values()))


def _model(name: str, entry: dict[str, Any], provider: str) -> ModelInfo:
    from chimeric_models.facts import day, facts, moment

    windows = [entry.get(key) for key in WINDOWS] + [obj(entry.get("meta")).get("n_ctx")]
    limits = (
        entry.get("max_completion_tokens"),
        entry.get("max_output_length"),
        obj(entry.get("top_provider")).get("max_completion_tokens"),
    )
    kinds = {**entry, **obj(entry.get("architecture"))}
    deprecation = moment(entry.get("deprecation"))
    return ModelInfo(
        id=name,
        provider=provider,
        name=text(entry.get("name")),
        created=integer(entry.get("created")),
        context_window=next((w for w in map(integer, windows) if w), None),
        max_output_tokens=next((m for m in map(integer, limits) if m), None),
        prices=_prices(obj(entry.get("pricing"))),
        # Mistral: the day on which it is or was deprecated, null for a model that stays.
        deprecated=None if "deprecation" not in entry else _is_past(deprecation),
        retires=day(entry.get("expiration_date") or entry.get("shutdown_date")),
        native=entry,
        **facts(
            _abilities(entry),
            items(kinds.get("input_modalities")),
            items(kinds.get("output_modalities")),
        ),
    )


def _abilities(entry: dict[str, Any]) -> dict[str, Any]:
    """What a model can: Mistral's and LM Studio's ``capabilities``, the lists of OpenRouter and of
    those whose lists have its form, and LM Studio's word for a model that sees."""
    told = entry.get("capabilities")
    named = [*items(entry.get("supported_parameters")), *items(entry.get("supported_features"))]
    can = {word: True for word in named if word in ABILITIES}
    can |= {word: True for word in items(told) if isinstance(word, str)}
    if entry.get("type") in ("llm", "vlm"):
        can["vision"] = entry["type"] == "vlm"
    return {**can, **obj(told)}


def _prices(pricing: dict[str, Any]) -> Prices | None:
    """OpenRouter's form alone, where a price is text: US dollars for one token.

    Other services write numbers of other units under other keys.
    """
    if not isinstance(pricing.get("prompt"), str):
        return None
    from chimeric_models.facts import per_million

    prices = Prices(
        input=per_million(pricing["prompt"]),
        output=per_million(pricing.get("completion")),
        cache_read=per_million(pricing.get("input_cache_read")),
        cache_write=per_million(pricing.get("input_cache_write")),
        input_audio=per_million(pricing.get("audio")),
    )
    return None if prices == Prices() else prices


def _is_past(deprecation: datetime | None) -> bool:
    return deprecation is not None and deprecation <= datetime.now(UTC)
