"""What was spent: sums by provider, endpoint, model and the caller's own tags."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from chimeric import SEND, Context, Outcome, StreamProcessor, Usage, hookimpl

from . import Cost
from .meter import Meter, Turn, place_of

__all__ = ["Costs", "Sum"]

PLACES = ("provider", "endpoint", "model")

Tags = Sequence[str] | Mapping[str, "str | Callable[[Context], object]"]


class Sum(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """What some turns cost together.

    Attributes:
        turns: answers, those that broke off and those out of a cache included.
        hits: of them, those out of a cache (``chimeric-cache``).
        unknown: of them, those whose price is not known: the list has none for the model, or the
            counts did not come. They are in no sum.
        spent: US dollars of all others; None where no turn has a price.
        saved: US dollars that the hits would have cost; None where that is known of none.
        prompt_tokens: of what was asked for, hits left out.
        completion_tokens: of what was answered, hits left out.

    Example:
        >>> Sum(turns=2, unknown=1, spent=0.0035) + Sum(turns=1, spent=0.0015)
        Sum(turns=3, unknown=1, spent=0.005)
    """

    turns: int = 0
    hits: int = 0
    unknown: int = 0
    spent: float | None = None
    saved: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Sum) -> Sum:
        """Both together."""
        return Sum(
            turns=self.turns + other.turns,
            hits=self.hits + other.hits,
            unknown=self.unknown + other.unknown,
            spent=_known(self.spent, other.spent),
            saved=_known(self.saved, other.saved),
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
        )


class Costs(Cost):
    """A ``Cost`` that keeps sums. One may be a plugin of many clients; any thread may read it.

    Args:
        tags: what else to keep apart: keys of ``context.user`` (the call's ``user_context``, a
            mapping or an object), or names with functions of the context. Who has no such key is
            under ``""``; a function that raises fails the call. Each combination that comes is a
            row: take tags of few values.
        providers: as for ``Cost``.

    Raises:
        TypeError: for ``tags`` that are one string.
        ValueError: for a tag that is called ``provider``, ``endpoint`` or ``model``.

    Example:
        >>> costs = Costs(tags=["tenant"])
        >>> costs.total
        Sum()
    """

    def __init__(self, tags: Tags = (), *, providers: Mapping[str, str] | None = None) -> None:
        super().__init__(providers)
        if isinstance(tags, str):
            raise TypeError("tags must be a list, or names with functions")
        self._tags = dict(tags) if isinstance(tags, Mapping) else {tag: tag for tag in tags}
        if taken := [tag for tag in self._tags if tag in PLACES]:
            raise ValueError(f"a tag cannot be called {taken[0]!r}: that is told anyway")
        self._lock = threading.Lock()
        self._rows: dict[tuple[str, ...], Sum] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What rows are told apart by."""
        return (*PLACES, *self._tags)

    @property
    def total(self) -> Sum:
        """All of it."""
        return sum(self.rows().values(), Sum())

    def rows(self) -> dict[tuple[str, ...], Sum]:
        """The sums by all ``names``, as they are now."""
        with self._lock:
            return dict(self._rows)

    def by(self, *names: str) -> dict[Any, Sum]:
        """The sums by one name (its values are the keys), or by several (tuples are).

        Raises:
            KeyError: for a name that is none of ``names``.

        Example:
            .. code-block:: python

                for tenant, spent in costs.by("tenant").items():
                    print(tenant, spent.spent)
        """
        places = [self._place(name) for name in names]
        sums: dict[Any, Sum] = {}
        for row, spent in self.rows().items():
            values = tuple(row[place] for place in places)
            key = values[0] if len(values) == 1 else values
            sums[key] = sums.get(key, Sum()) + spent
        return sums

    def take(self) -> dict[tuple[str, ...], Sum]:
        """The rows so far, which begin anew: nothing is counted twice, and nothing is lost."""
        with self._lock:
            rows, self._rows = self._rows, {}
            return rows

    @hookimpl
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor:
        """A meter for each call, which tells of each turn."""
        meter = Meter(context, self._providers, self._add)
        context.state[self._key()] = meter
        return meter

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        """Count an answer that began and did not end: it may cost, and nobody knows what."""
        meter: Meter | None = context.state.get(self._key())
        if meter is not None:
            meter.told = False
        outcome: Outcome = yield SEND
        began = outcome.status is not None and 200 <= outcome.status < 300
        if began and (meter is None or not meter.told):
            self._add(context, Turn(usage=outcome.usage))

    def _add(self, context: Context, turn: Turn) -> None:
        row = (*place_of(context), *(self._tag(tag, context) for tag in self._tags.values()))
        usage = turn.usage or Usage(source="missing")
        one = Sum(
            turns=1,
            hits=int(turn.hit),
            unknown=int(turn.total is None),
            spent=None if turn.total is None else float(turn.total),
            saved=None if turn.saved is None else float(turn.saved),
            prompt_tokens=usage.prompt_tokens or 0,
            completion_tokens=usage.completion_tokens or 0,
        )
        with self._lock:
            before = self._rows.get(row)
            self._rows[row] = one if before is None else before + one

    def _tag(self, tag: str | Callable[[Context], object], context: Context) -> str:
        user: Any = context.user
        told: Any
        if callable(tag):
            told = tag(context)
        else:
            told = user.get(tag) if isinstance(context.user, Mapping) else getattr(user, tag, None)
        return "" if told is None else str(told)

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"{name!r} is none of {', '.join(self.names)}")
        return self.names.index(name)

    def _key(self) -> str:
        # Two of them on one client keep apart.
        return f"chimeric-cost-{id(self)}"


def _known(one: float | None, other: float | None) -> float | None:
    """The sum of what is known. Decimal, so that many small prices add up."""
    if one is None or other is None:
        return other if one is None else one
    return float(Decimal(str(one)) + Decimal(str(other)))
