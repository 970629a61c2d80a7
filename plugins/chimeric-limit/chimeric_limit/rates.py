"""Limits, and what one attempt takes of them."""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = ["MEASURES", "MINUTE", "Amounts", "Rates"]

MINUTE: Final = 60.0
DAY: Final = 86_400.0

MEASURES: Final = ("requests", "tokens", "spending")
"""What is counted in windows of time; ``concurrent`` is what is open now."""


class Amounts(msgspec.Struct, frozen=True):
    """What an attempt takes, estimated or as it was reported.

    Attributes:
        tokens: of prompt and answer together.
        dollars: what it costs.
    """

    tokens: int = 0
    dollars: float = 0.0

    def of(self, measure: str) -> float:
        """The amount of one measure."""
        return {"requests": 1, "tokens": self.tokens, "spending": self.dollars}[measure]


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What may be used of one key. None: as much as one likes.

    Attributes:
        requests: in any ``window``.
        tokens: in any ``window``, of prompts and answers together.
        concurrent: attempts at a time.
        spending: dollars in any ``spending_window``.
        window: seconds.
        spending_window: seconds.

    Example:
        >>> Rates(requests=60).limits()
        [('requests', 60, 60.0)]
    """

    requests: int | None = None
    tokens: int | None = None
    concurrent: int | None = None
    spending: float | None = None
    window: float = MINUTE
    spending_window: float = DAY

    def limits(self) -> list[tuple[str, float, float]]:
        """Measure, limit and window of each limit of a window."""
        windows = (self.window, self.window, self.spending_window)
        limits = (self.requests, self.tokens, self.spending)
        told = zip(MEASURES, limits, windows, strict=True)
        return [(name, limit, window) for name, limit, window in told if limit is not None]
