"""Token counts, as the provider reported them; nothing is estimated."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["Usage", "UsageSource"]

UsageSource = Literal["reported", "partial", "missing"]


class Usage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Token counts of a request, or of all turns of one call.

    ``prompt_tokens`` counts all input tokens, cached ones included; ``completion_tokens`` counts
    all output tokens, reasoning included. A count that the provider did not send is None.
    ``source`` is ``reported`` (the provider's final numbers), ``partial`` (the stream ended
    before they came) or ``missing``.

    Example:
        >>> Usage.of(10, 5).total_tokens
        15
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    source: UsageSource = "reported"

    @classmethod
    def of(
        cls,
        prompt: float | None,
        completion: float | None,
        total: float | None = None,
        *,
        cached: float | None = None,
        cache_write: float | None = None,
        reasoning: float | None = None,
    ) -> Usage:
        """Reported counts; a total that was not sent is the sum of the two when both are known."""
        if total is None and prompt is not None and completion is not None:
            total = prompt + completion
        counts: Any = map(_whole, (prompt, completion, total, cached, cache_write, reasoning))
        return cls(*counts)

    def __add__(self, other: Usage) -> Usage:
        """Counts of two turns together; unknown plus known is the known part, as ``partial``."""
        *mine, told = msgspec.structs.astuple(self)
        *others, told_too = msgspec.structs.astuple(other)
        told = told if told == told_too else "partial"
        fields: Any = (*map(_add, mine, others), told)
        return Usage(*fields)


MISSING = Usage(source="missing")


def _add(a: int | None, b: int | None) -> int | None:
    if a is None or b is None:
        return a if b is None else b
    return a + b


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)
