"""What is known of a model: an entry of its provider's list, and what others add to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

__all__ = ["Model", "ModelInfo", "ModelPage", "Prices"]


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a provider's model list; ``native`` is the entry as it was sent."""

    id: str
    provider: str
    name: str | None = None
    created: int | None = None
    context_window: int | None = None
    max_output_tokens: int | None = None
    native: Mapping[str, Any] = {}


class Prices(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model costs: ``currency`` for a million tokens each, None where it is not known.

    Attributes:
        input: tokens of the request that no cache held.
        output: tokens of the answer, reasoning among them.
        cache_read: tokens of the request that a cache held.
        cache_write: tokens that were put into a cache, for its usual time.
        input_audio: tokens of sound in the request.
        output_audio: tokens of sound in the answer.
        above: what a request costs instead that has more input tokens than the key says.
        currency: as ISO 4217 has it.
    """

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    input_audio: float | None = None
    output_audio: float | None = None
    above: Mapping[int, Prices] = {}
    currency: str = "USD"


class ModelInfo(Model, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of a model; None is not known, and nothing is guessed.

    Attributes:
        input_modalities: what it takes (``text``, ``image``, ``audio``, ``video``, ``file``).
        output_modalities: what it makes.
        capabilities: what it is said to do: ``tools``, ``parallel_tools``, ``images``, ``files``,
            ``audio``, ``reasoning``, ``structured_output``, ``citations``, ``streaming``, and the
            provider's own words for what none of these means.
        lacks: what of it it is said not to do.
        prices: what it costs.
        deprecated: whether its provider advises against it, or has retired it.
        retires: the day on which it ends.
        sources: who told each field: the name of the provider or of a plugin.
    """

    input_modalities: frozenset[str] | None = None
    output_modalities: frozenset[str] | None = None
    capabilities: frozenset[str] | None = None
    lacks: frozenset[str] | None = None
    prices: Prices | None = None
    deprecated: bool | None = None
    retires: date | None = None
    sources: Mapping[str, str] = {}


class ModelPage(msgspec.Struct, frozen=True):
    """One page of a model list, and the cursor of the next one (None after the last)."""

    models: tuple[Model, ...]
    cursor: str | None = None
