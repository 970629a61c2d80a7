"""What answers cost, where chimeric-cost is installed and knows."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping
from typing import Any, cast

from chimeric import CompletionResponse

__all__ = ["Spent", "in_words", "meters", "price_of"]


def meters() -> list[Any]:
    """The plugins that a client needs so that its answers tell their price."""
    if importlib.util.find_spec("chimeric_cost") is None:
        return []
    from chimeric_cost import Cost

    return [Cost()]


def price_of(response: CompletionResponse) -> str | None:
    """The price of a whole call in words; None where it is not known."""
    spent = _dollars(response)
    return None if spent is None else in_words(spent)


class Spent:
    """What a conversation has cost so far."""

    def __init__(self) -> None:
        self._sum: float | None = None
        self._is_whole = True

    def add(self, response: CompletionResponse) -> None:
        """One answer more."""
        spent = _dollars(response)
        if spent is None:
            self._is_whole = False
        else:
            self._sum = spent + (self._sum or 0.0)

    def in_words(self) -> str | None:
        """The sum; ``at least`` where the price of some answer is not known, None where of all."""
        if self._sum is None:
            return None
        words = in_words(self._sum)
        return words if self._is_whole else f"at least {words}"


def _dollars(response: CompletionResponse) -> float | None:
    cost: object = response.metadata.get("cost")
    if not isinstance(cost, Mapping):
        return None
    call: object = cast("Mapping[str, object]", cost).get("call")
    return call if isinstance(call, float) else None


def in_words(dollars: float) -> str:
    """Dollars with two digits that count, and at least four places."""
    if dollars <= 0:
        return "$0"
    places = max(4, 1 - math.floor(math.log10(dollars)))
    return f"${dollars:.{places}f}"
