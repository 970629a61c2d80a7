"""How far a batch is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

import msgspec

from .jobs import BatchResult

__all__ = ["BatchProgress", "Tally"]


class BatchProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a batch is, and what it has taken so far.

    Attributes:
        done: requests that have ended: answered, failed, or skipped.
        failed: of them, those that failed.
        skipped: of them, those that the results file had the answer of already.
        total: how many requests there are; None where that is not known.
        prompt_tokens, completion_tokens: what this run has sent and received, as far as the
            providers tell; what had arrived of broken answers counts.
        cost: US dollars that this run has cost; None where no answer has a price (``Cost()`` of
            chimeric-cost brings prices).
        unpriced: answers whose price is not known: they are not in ``cost``.
        seconds: since the batch began.

    Example:
        >>> BatchProgress(done=25, failed=1, skipped=5, total=100, seconds=4.0).rate
        5.0
    """

    done: int = 0
    failed: int = 0
    skipped: int = 0
    total: int | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    unpriced: int = 0
    seconds: float = 0.0

    @property
    def answered(self) -> int:
        """Requests that this run has got an answer for."""
        return self.done - self.failed - self.skipped

    @property
    def rate(self) -> float:
        """Requests that this run has ended a second."""
        return (self.done - self.skipped) / self.seconds if self.seconds > 0 else 0.0


class Tally:
    """Counts the results of a batch."""

    def __init__(self, total: int | None) -> None:
        self._began = time.monotonic()
        self._total = total
        self._prompt = self._completion = 0
        self._cost: float | None = None
        self._unpriced = 0
        self.answered = self.failed = self.skipped = 0

    def count(self, result: BatchResult) -> None:
        """One result more."""
        if result.error is None:
            self.answered += 1
        else:
            self.failed += 1
        response = result.response or getattr(result.error, "partial", None)
        if response is None:
            return
        self._prompt += response.usage.prompt_tokens or 0
        self._completion += response.usage.completion_tokens or 0
        cost = dollars(response.metadata)
        if cost is None:
            self._unpriced += 1
        else:
            self._cost = cost + (self._cost or 0.0)

    def progress(self) -> BatchProgress:
        """How far it is now."""
        return BatchProgress(
            done=self.answered + self.failed + self.skipped,
            failed=self.failed,
            skipped=self.skipped,
            total=self._total,
            prompt_tokens=self._prompt,
            completion_tokens=self._completion,
            cost=self._cost,
            unpriced=self._unpriced,
            seconds=time.monotonic() - self._began,
        )


def dollars(metadata: Mapping[str, Any]) -> float | None:
    """What a whole call cost, where chimeric-cost tells it."""
    cost: object = metadata.get("cost")
    if not isinstance(cost, Mapping):
        return None
    call: object = cast("Mapping[str, object]", cost).get("call")
    return call if isinstance(call, float) else None
