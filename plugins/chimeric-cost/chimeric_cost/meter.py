"""The price of each turn, added to its last chunk."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chimeric import Context, StreamChunk, Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

__all__ = ["Meter", "price"]

PROVIDERS = {"grok": "x-ai", "bedrock": "aws", "gemini": "google"}
"""Providers that genai-prices knows by another name."""


class Meter:
    """The processor of one call."""

    def __init__(self, context: Context, providers: Mapping[str, str]) -> None:
        self._context = context
        self._providers = {**PROVIDERS, **providers}
        self._total: Decimal | None = Decimal(0)

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Add the price to a chunk that ends a turn; leave all others alone."""
        return chunk if chunk.finish_reason is None else self._priced(chunk)

    def flush(self) -> None:
        """Nothing is held back."""

    def _priced(self, chunk: StreamChunk) -> StreamChunk:
        provider = self._context.provider
        found = price(
            self._providers.get(provider, provider),
            self._context.base_url,
            (chunk.metadata.get("model"), self._context.request.model),
            chunk.usage,
        )
        if found is None:
            self._total = None  # the price of the call is not known either
            return chunk
        cost: dict[str, Any] = {
            "currency": "USD",
            "input": float(found.input_price),
            "output": float(found.output_price),
            "total": float(found.total_price),
        }
        if self._total is not None:
            self._total += found.total_price
            cost["call"] = float(self._total)
        return chunk.replace(metadata={**chunk.metadata, "cost": cost})


def price(
    provider: str, base_url: str, models: tuple[str | None, ...], usage: Usage | None
) -> PriceCalculation | None:
    """The price of one turn, or None when the counts or the model are not known."""
    if usage is None or usage.source != "reported" or usage.prompt_tokens is None:
        return None
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        output_tokens=usage.completion_tokens,
    )
    for model in models:
        if not model:
            continue
        try:
            return genai_prices.calc_price(counted, model, provider_id=provider)
        except (LookupError, ValueError):
            pass
        try:
            return genai_prices.calc_price(counted, model, provider_api_url=base_url)
        except (LookupError, ValueError):
            continue
    return None
