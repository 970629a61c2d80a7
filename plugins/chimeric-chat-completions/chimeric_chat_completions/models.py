"""The model list."""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError

from chimeric import HTTPResponse, Model, ModelPage, ProviderConfig

from .lenient import integer, items, obj, text

__all__ = ["read_models"]

WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")


def read_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read ``{"data": [...]}`` (or the bare list, or ``{"models": [...]}``) of ``/models``.

    Raises:
        msgspec.ValidationError: when the body holds no such list.
    """
    body = response.json()
    listed: Any = obj(body).get("data", obj(body).get("models"))
    if isinstance(body, list):
        listed = items(body)
    if not isinstance(listed, list):
        raise ValidationError("the model list has neither data nor models")
    entries = [obj(entry) for entry in items(listed)]
    models: dict[str, Model] = {}
    for entry in entries:
        name = text(entry.get("id"))
        if name and name not in models:  # some list a model once for each of its aliases
            models[name] = _model(name, entry, provider.name)
    return ModelPage(tuple(models.values()))


def _model(name: str, entry: dict[str, Any], provider: str) -> Model:
    windows = [entry.get(key) for key in WINDOWS] + [obj(entry.get("meta")).get("n_ctx")]
    limits = (
        entry.get("max_completion_tokens"),
        entry.get("max_output_length"),
        obj(entry.get("top_provider")).get("max_completion_tokens"),
    )
    return Model(
        id=name,
        provider=provider,
        name=text(entry.get("name")),
        created=integer(entry.get("created")),
        context_window=next((w for w in map(integer, windows) if w), None),
        max_output_tokens=next((m for m in map(integer, limits) if m), None),
        native=entry,
    )
