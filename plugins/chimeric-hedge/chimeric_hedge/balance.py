"""Spreads the calls for one name over several endpoints, and leaves out those that fail."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Literal

import msgspec
from chimeric_fallback import goes_elsewhere

from chimeric import (
    SEND,
    ChimericError,
    ConfigurationError,
    Context,
    Outcome,
    RefusedError,
    Request,
    hookimpl,
)

from .breaker import Breaker

__all__ = ["Balance"]

Members = Sequence[str] | Mapping[str, float]


class _Place(msgspec.Struct, eq=False):
    """One of the models behind a name: how busy it is, and whether it may be asked."""

    model: str
    weight: float
    breaker: Breaker
    busy: int = 0
    credit: float = 0.0
    last: str = ""


class _Course(msgspec.Struct, eq=False):
    """Where one call goes, and where it has been."""

    name: str
    place: _Place
    trial: bool
    been: list[_Place]


class Balance:
    """A plugin for ``Chimeric(plugins=[...])``: a name that stands for several models.

    A call goes to the endpoint that has the fewest requests under way for its weight. One that
    fails before content goes on to the next endpoint, after the client's own retries (set
    ``max_retries=0`` to go on at once). A tool loop stays where it began. One object may serve
    several clients, threads and loops.

    Args:
        models: for each name the models that it stands for, mostly of endpoints
            (``"eu:gpt-4o"``): a list, or a mapping to weights.
        by: ``least_busy``, or ``weight`` to look at weights alone.
        failures: so many in a window open an endpoint's circuit breaker. What counts is what
            passes: ``chimeric_fallback.goes_elsewhere``. Each try counts.
        window: seconds.
        rest: seconds that nothing goes to an endpoint then, or longer where it asked for that
            (``retry-after``); after them one request is a trial.
        failover: whether a call goes on to another endpoint.
        clock: seconds that only grow.

    Raises:
        RefusedError: out of a call, with ``retry_after``, when all endpoints rest.
        TypeError: when the models of a name are a string.
        ValueError: for a name without models or for itself, and for a number that makes no sense.

    Example:
        >>> balance = Balance({"fast": {"eu:gpt-4o": 3, "us:gpt-4o": 1}})
        >>> balance.busy("fast")
        {'eu:gpt-4o': 0, 'us:gpt-4o': 0}
    """

    def __init__(
        self,
        models: Mapping[str, Members],
        *,
        by: Literal["least_busy", "weight"] = "least_busy",
        failures: int = 5,
        window: float = 60.0,
        rest: float = 30.0,
        failover: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if by not in ("least_busy", "weight"):
            raise ValueError(f"by must be 'least_busy' or 'weight', not {by!r}")
        if failures < 1 or not 0 < window < math.inf or not 0 < rest < math.inf:
            raise ValueError("failures, window and rest must be more than 0")
        self._by_weight = by == "weight"
        self._failover = failover
        self._clock = clock
        self._lock = threading.Lock()
        self._places = {
            name: [
                _Place(model, weight, Breaker(failures, window, rest))
                for model, weight in _weights(name, members).items()
            ]
            for name, members in models.items()
        }
        if not self._places:
            raise ValueError("no name is given: {'fast': ['eu:gpt-4o', 'us:gpt-4o']}")

    def busy(self, name: str) -> dict[str, int]:
        """Requests under way at each of the models behind a name."""
        with self._lock:
            return {place.model: place.busy for place in self._places[name]}

    def resting(self, name: str) -> dict[str, float]:
        """The models behind a name that get nothing now, and for how many seconds."""
        with self._lock:
            now = self._clock()
            rests = {place.model: place.breaker.rests(now) for place in self._places[name]}
        return {model: seconds for model, seconds in rests.items() if seconds > 0}

    # --- hooks -----------------------------------------------------------------------------------

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Choose an endpoint, and stay there in later turns."""
        course: _Course | None = context.state.get(self._key())
        if course is None:
            if request.provider or request.model not in self._places:
                return None
            course = self._chosen(request.model)
            context.state[self._key()] = course
        return request.replace(model=course.place.model, provider=None)

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None] | None:
        """Count what is under way, and what becomes of it."""
        course: _Course | None = context.state.get(self._key())
        return None if course is None else self._counted(course, context)

    @hookimpl
    def chimeric_recover(self, error: ChimericError, context: Context) -> Request | None:
        """Offer another endpoint."""
        course: _Course | None = context.state.get(self._key())
        if course is None or context.content_started or not self._failover:
            return None
        if not goes_elsewhere(error):
            return None
        other = self._next(course.name, course.been)
        if other is None:
            for text in self._told(course.name, but=course.been):
                error.add_note(f"not asked: {text}")
            return None
        course.place, course.trial = other
        course.been.append(course.place)
        return context.request.replace(model=course.place.model, provider=None)

    # ---------------------------------------------------------------------------------------------

    def _counted(self, course: _Course, context: Context) -> Generator[Any, Any, None]:
        place, outcome = course.place, None
        with self._lock:
            place.busy += 1
        try:
            outcome = yield SEND
        finally:
            trial, course.trial = course.trial, False
            with self._lock:
                place.busy -= 1
                self._judge(place, outcome, trial=trial, context=context)

    def _judge(
        self, place: _Place, outcome: Outcome | None, *, trial: bool, context: Context
    ) -> None:
        error = None if outcome is None else outcome.error
        if isinstance(error, ChimericError) and goes_elsewhere(error):
            status = getattr(error, "status_code", None)
            place.last = type(error).__name__ + (f" {status}" if status else "")
            pause = getattr(error, "retry_after", None)
            place.breaker.failed(self._clock(), trial=trial, pause=pause)
            return
        left = error is None and context.closed_early and not context.content_started
        if outcome is None or left or isinstance(error, (RefusedError, ConfigurationError)):
            place.breaker.given_up(trial=trial)
        else:
            place.breaker.answered(trial=trial)

    def _chosen(self, name: str) -> _Course:
        found = self._next(name, ())
        if found is None:
            waits = self.resting(name).values()
            text = "; ".join(self._told(name)) or "the only one is on trial after failures"
            raise RefusedError(
                f"no endpoint of {name!r} can be asked: {text}",
                retry_after=min(waits, default=None),
            )
        place, trial = found
        return _Course(name, place, trial, [place])

    def _next(self, name: str, been: Sequence[_Place]) -> tuple[_Place, bool] | None:
        """The endpoint whose turn it is, and whether this is its trial."""
        with self._lock:
            now = self._clock()
            open_to = [p for p in self._places[name] if p not in been and p.breaker.passes(now)]
            if not open_to:
                return None
            if not self._by_weight:
                least = min(place.busy / place.weight for place in open_to)
                open_to = [place for place in open_to if place.busy / place.weight == least]
            # Each as often as its weight says, and as evenly as can be.
            for place in open_to:
                place.credit += place.weight
            best = max(open_to, key=lambda place: place.credit)
            best.credit -= sum(place.weight for place in open_to)
            return best, best.breaker.begin(now)

    def _told(self, name: str, but: Sequence[_Place] = ()) -> list[str]:
        with self._lock:
            now = self._clock()
            return [
                f"{place.model} rests for {place.breaker.rests(now):.1f} s after "
                f"{place.breaker.count} failures, the last a {place.last}"
                for place in self._places[name]
                if place not in but and place.breaker.rests(now) > 0
            ]

    def _key(self) -> str:
        # Two instances on one client keep apart.
        return f"balance-{id(self)}"


def _weights(name: str, members: Members) -> dict[str, float]:
    """The models behind a name, and their weights."""
    if isinstance(members, str):
        raise TypeError(f"the models that {name!r} stands for must be a list")
    weights = dict(members) if isinstance(members, Mapping) else dict.fromkeys(members, 1.0)
    if not weights or len(weights) < len(members):
        raise ValueError(
            f"{name!r} stands for no model" if not weights else f"{name!r} names one model twice"
        )
    if name in weights:
        raise ValueError(f"{name!r} cannot stand for itself: give it a name that is no model")
    if not all(0 < weight < math.inf for weight in weights.values()):
        raise ValueError(f"each weight of {name!r} must be more than 0")
    return weights
