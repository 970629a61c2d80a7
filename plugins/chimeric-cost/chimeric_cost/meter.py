"""The price of each turn, added to its last chunk."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import Context, StreamChunk, Usage

from .counts import PRICES, as_mapping, counts
from .listed import listed, name_of

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

__all__ = ["Meter", "price", "reported"]


class Meter:
    """The processor of one call."""

    def __init__(self, context: Context, providers: Mapping[str, str]) -> None:
        self._context = context
        self._providers = providers
        self._total: Decimal | None = Decimal(0)

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Add the price to a chunk that ends a turn; leave all others alone."""
        return chunk if chunk.finish_reason is None else self._priced(chunk)

    def flush(self) -> None:
        """Nothing is held back."""

    def _priced(self, chunk: StreamChunk) -> StreamChunk:
        if "currency" in as_mapping(chunk.metadata.get("cost")):
            return chunk  # another meter of the same call has been here
        kept = as_mapping(chunk.metadata.get("answer_cache"))
        cost = self._saved(chunk, kept) if kept.get("hit") is True else self._charged(chunk)
        if cost is None:
            self._total = None  # the price of the call is not known either
            return chunk
        if self._total is not None:
            self._total += cost["total"]
            cost["call"] = self._total
        told = {name: float(price) for name, price in cost.items()}
        return chunk.replace(metadata={**chunk.metadata, "cost": {"currency": "USD", **told}})

    def _charged(self, chunk: StreamChunk) -> dict[str, Decimal] | None:
        native = as_mapping(chunk.metadata.get("usage_native"))
        place = (self._context.provider, self._context.base_url)
        return self._cost(chunk, place, chunk.usage, native)

    def _saved(self, chunk: StreamChunk, kept: Mapping[str, Any]) -> dict[str, Decimal]:
        """An answer out of chimeric-cache: it costs nothing, and saves what it had cost."""
        usage = msgspec.convert(kept["saved"], Usage) if "saved" in kept else None
        place = (str(kept.get("provider", "")), "")
        cost = self._cost(chunk, place, usage, as_mapping(kept.get("saved_native")))
        return {"total": Decimal(0)} | ({} if cost is None else {"saved": cost["total"]})

    def _cost(
        self,
        chunk: StreamChunk,
        place: tuple[str, str],
        usage: Usage | None,
        native: Mapping[str, Any],
    ) -> dict[str, Decimal] | None:
        """What the provider says that it has charged, else what the list says."""
        charged = reported(chunk.metadata.get("cost"), native)
        if charged is not None:
            return {"total": charged}
        provider, base_url = place
        models = (chunk.metadata.get("model"), self._context.request.model)
        found = price(name_of(provider, self._providers), base_url, models, usage, native)
        if found is None:
            return None
        return {
            "input": found.input_price,
            "output": found.output_price,
            "total": found.total_price,
        }


def reported(cost: Any, native: Mapping[str, Any]) -> Decimal | None:
    """US dollars that a provider says it has charged, or None: OpenRouter's credits, with what the
    caller's own provider charges besides; Perplexity's ``usage.cost``."""
    told = as_mapping(cost) or as_mapping(native.get("cost"))
    charged = _amount(told.get("total_cost") if told else cost)
    if charged is not None and native.get("is_byok") is True:
        upstream = _amount(as_mapping(native.get("cost_details")).get("upstream_inference_cost"))
        return None if upstream is None else charged + upstream
    return charged


def _amount(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        return None
    return Decimal(str(value))


def price(
    provider: str,
    base_url: str,
    models: tuple[str | None, ...],
    usage: Usage | None,
    native: Mapping[str, Any],
) -> PriceCalculation | None:
    """The price of one turn, or None when the counts, the model or one of the prices that it takes
    are not known."""
    if usage is None or usage.source != "reported" or usage.prompt_tokens is None:
        return None
    import genai_prices

    found = counts(usage, native)
    if found["input_tokens"] is None or found["output_tokens"] is None:
        return None
    told = listed(provider, base_url, models, genai_prices.Usage(**found))
    return told if told is not None and _has_all(told, found) else None


def _has_all(told: PriceCalculation, found: Mapping[str, int | None]) -> bool:
    """Whether a model has a price for everything that is never charged as plain tokens."""
    return all(
        getattr(told.model_price, price, None) is not None
        for count, price in PRICES.items()
        if found.get(count)
    )
