"""The price of each turn, added to its last chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import Context, StreamChunk, Usage

from .counts import PRICES, as_mapping, counts
from .listed import listed, name_of

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

__all__ = ["Meter", "Turn", "place_of", "price", "reported"]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a turn.

    Attributes:
        total: US dollars that it cost; None where nobody knows.
        saved: US dollars that it would have cost; None where nobody knows.
        hit: whether it came out of a cache.
        usage: its counts, where they came.
    """

    total: Decimal | None = None
    saved: Decimal | None = None
    hit: bool = False
    usage: Usage | None = None


class Meter:
    """The processor of one call.

    Args:
        context: the call's.
        providers: names of genai-prices by those of Chimeric.
        tell: what is told of each turn that ends.

    Attributes:
        told: whether the turn that runs has been told of.
    """

    def __init__(
        self,
        context: Context,
        providers: Mapping[str, str],
        tell: Callable[[Context, Turn], None] | None = None,
    ) -> None:
        self._context = context
        self._providers = providers
        self._tell = tell
        self._total: Decimal | None = Decimal(0)
        self.told = False

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Add the price to a chunk that ends a turn; leave all others alone."""
        if chunk.finish_reason is None:
            return chunk
        if "currency" not in as_mapping(chunk.metadata.get("cost")):  # of another meter
            chunk = self._priced(chunk)
        if self._tell is not None:
            self.told = True
            self._tell(self._context, _turn(chunk))
        return chunk

    def flush(self) -> None:
        """Nothing is held back."""

    def _priced(self, chunk: StreamChunk) -> StreamChunk:
        hit = as_mapping(chunk.metadata.get("answer_cache"))
        cost = self._saved(chunk, hit) if hit.get("hit") is True else self._charged(chunk)
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
        provider, _, _ = place_of(self._context)
        return self._cost(chunk, (provider, self._context.base_url), chunk.usage, native)

    def _saved(self, chunk: StreamChunk, hit: Mapping[str, Any]) -> dict[str, Decimal]:
        """An answer out of a cache: it costs nothing, and saves what it had cost."""
        usage, native = usage_of(hit.get("saved")), as_mapping(hit.get("saved_native"))
        provider = str(hit.get("provider") or place_of(self._context)[0])
        cost = self._cost(chunk, (provider, ""), usage, native)
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
        models = (chunk.metadata.get("model"), place_of(self._context)[2])
        found = price(name_of(provider, self._providers), base_url, models, usage, native)
        if found is None:
            return None
        return {
            "input": found.input_price,
            "output": found.output_price,
            "total": found.total_price,
        }


def _turn(chunk: StreamChunk) -> Turn:
    """What a last chunk says of its turn."""
    cost = as_mapping(chunk.metadata.get("cost"))
    return Turn(
        total=_amount(cost.get("total")),
        saved=_amount(cost.get("saved")),
        hit=as_mapping(chunk.metadata.get("answer_cache")).get("hit") is True,
        usage=chunk.usage,
    )


def usage_of(told: Any) -> Usage | None:
    """The counts that a cache tells of, as plain data."""
    try:
        return None if told is None else msgspec.convert(told, Usage)
    except msgspec.ValidationError:
        return None


def place_of(context: Context) -> tuple[str, str, str]:
    """Provider, endpoint and model of a turn; of one that nobody was asked for, by its name."""
    request = context.request
    if context.provider:
        return context.provider, context.endpoint, request.model
    provider, colon, model = request.model.partition(":")
    if request.provider or not colon:
        return request.provider or "", "", request.model
    return provider, "", model


def reported(cost: Any, native: Mapping[str, Any]) -> Decimal | None:
    """US dollars that a provider says it has charged, or None: OpenRouter's credits, with what the
    caller's own provider charges besides; ``usage.cost``, a number or Perplexity's mapping; xAI's
    ticks."""
    told = as_mapping(cost) or as_mapping(native.get("cost"))
    charged = _amount(told.get("total_cost") if told else cost)
    if charged is None and not told:
        charged = _amount(native.get("cost"))
    ticks = _amount(native.get("cost_in_usd_ticks"), TICKS * 1e9)
    if charged is None and ticks is not None:
        charged = ticks / TICKS
    if charged is not None and native.get("is_byok") is True:
        upstream = _amount(as_mapping(native.get("cost_details")).get("upstream_inference_cost"))
        return None if upstream is None else charged + upstream
    return charged


TICKS = 10_000_000_000
"""Of xAI's, a dollar."""


def _amount(value: Any, most: float = 1e9) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < most:
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
    if found.pop("sources", None):
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
