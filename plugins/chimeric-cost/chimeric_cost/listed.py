"""The price list: one way to find a model in it, for what a turn cost and for what is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import ModelInfo, Prices

if TYPE_CHECKING:
    from genai_prices import Usage
    from genai_prices.types import ModelPrice, PriceCalculation

__all__ = ["add_to", "listed", "name_of"]

PROVIDERS = {"grok": "x-ai", "bedrock": "aws", "gemini": "google"}
"""Providers that genai-prices knows by another name."""

FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "input_audio": "input_audio_mtok",
    "output_audio": "output_audio_mtok",
}
"""Fields of ``chimeric.Prices``, and the prices of genai-prices, both for a million tokens."""


def name_of(provider: str, others: Mapping[str, str]) -> str:
    """The name that genai-prices has for a provider; ``others`` are the caller's own."""
    return {**PROVIDERS, **others}.get(provider, provider)


def listed(
    provider: str, base_url: str, models: Iterable[str | None], usage: Usage
) -> PriceCalculation | None:
    """What the list says of the first model that it knows: by its provider's name, else by the
    place that was asked; by the model's name alone where neither is known."""
    import genai_prices

    ways: tuple[Callable[..., PriceCalculation], ...] = (
        partial(genai_prices.calc_price, provider_id=provider),
        partial(genai_prices.calc_price, provider_api_url=base_url),
    )
    if not provider and not base_url:  # an answer out of a cache: nobody was asked
        ways = (genai_prices.calc_price,)

    for model in models:
        if not model:
            continue
        for calculate in ways:
            try:
                return calculate(usage, model)
            except (LookupError, ValueError):
                continue
    return None


def add_to(info: ModelInfo, provider: str, base_url: str) -> ModelInfo | None:
    """What is known of a model with what the list knows more; None where it does not know it."""
    import genai_prices

    found = listed(provider, base_url, (info.id,), genai_prices.Usage())
    if found is None:
        return None
    model = found.model
    if not info.sources and not _names(info.id.lower(), model.id):
        return None  # nobody says that there is such a model, and it is only like one of the list
    told: dict[str, Any] = {
        "name": model.name,
        "context_window": model.context_window,
        "deprecated": model.deprecated,
        "prices": _prices(found.model_price),
    }
    new = {name: value for name, value in told.items() if getattr(info, name) is None}
    return msgspec.structs.replace(info, **new)


def _names(asked: str, listed: str) -> bool:
    """Whether a name is that of the list, with a date or a version behind it at the most."""
    rest = asked.removeprefix(listed.removesuffix("-latest"))
    return re.fullmatch(r"([-@:](latest|v?[\d.-]+))*", rest) is not None


def _prices(price: ModelPrice) -> Prices | None:
    """The prices of now; those that a long request raises are under ``above``."""
    base: dict[str, Any] = {}
    above: dict[int, dict[str, Any]] = {}
    for field, key in FIELDS.items():
        told = getattr(price, key)
        if isinstance(told, Decimal):
            base[field] = float(told)
        elif told is not None:
            base[field] = float(told.base)
            for tier in told.tiers:
                above.setdefault(tier.start, {})[field] = float(tier.price)
    if not base:
        return None
    # What has no price of its own for long requests costs as before.
    tiers = {start: Prices(**{**base, **above[start]}) for start in sorted(above)}
    return Prices(**base, above=tiers)
