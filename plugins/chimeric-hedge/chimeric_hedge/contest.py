"""Who is asked when, who has won, and what the caller gets: the rules, without any I/O."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from chimeric_fallback import goes_elsewhere

from chimeric import Chimeric, ChimericError, RefusedError

from .budget import Budget
from .entrant import Entrant
from .patience import Patience

__all__ = ["Contest", "HedgeWarning"]


class HedgeWarning(UserWarning):
    """A model failed in a way that will not pass, and another answered: mend the set-up."""


class Contest:
    """One call: models that are asked one after the other until the first content comes.

    Whoever performs it starts what is ``due``, waits for as long as ``patience`` says or until it
    is rung up, and goes on until it is ``over``. Entrants report from their own threads or tasks.

    Args:
        client: asks.
        entrants: who may be asked, in order.
        patience: how long each is waited for before the next is asked too.
        budget: what allows it.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        client: Chimeric,
        entrants: Sequence[Entrant],
        patience: Patience,
        budget: Budget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._entrants = list(entrants)
        self._left = list(entrants)
        self._patience = patience
        self._budget = budget
        self._clock = clock
        self._lock = threading.RLock()
        self._began = self._next = clock()
        self._delay = patience.seconds()
        self._fatal: BaseException | None = None
        self._taken = False
        self._given_up = False
        self.winner: Entrant | None = None
        self.ring: Callable[[], object] = bool
        self.report: dict[str, Any] = {}
        budget.earn()

    # --- for whoever performs it -----------------------------------------------------------------

    def due(self) -> list[Entrant]:
        """Those that are to be asked now; each is told once."""
        due: list[Entrant] = []
        with self._lock:
            while self._left and self.winner is None and not self._given_up:
                now = self._clock()
                waiting = any(entrant.waiting for entrant in self._entrants)
                if waiting and now < self._next:
                    break
                if waiting and not self._budget.spend():
                    # What fails later is still replaced: that is no extra request.
                    self.report["held_back"] = "budget"
                    self._next = float("inf")
                    break
                entrant = self._left.pop(0)
                entrant.started = now
                entrant.tell(self._began)
                self._next = now + self._delay
                due.append(entrant)
        return due

    def patience(self) -> float | None:
        """Seconds until somebody is due; None when nobody will be."""
        with self._lock:
            if not self._left or self.winner is not None or self._next == float("inf"):
                return None
            return max(0.0, self._next - self._clock())

    @property
    def over(self) -> bool:
        """Whether there is a result."""
        with self._lock:
            if self.winner is not None:
                return self.winner.ready or self.winner.error is not None
            if self._fatal is not None or self._given_up:
                return True
            return not self._left and not any(entrant.waiting for entrant in self._entrants)

    @property
    def quiet(self) -> bool:
        """Whether everybody who was asked has ended."""
        with self._lock:
            return all(e.ended for e in self._entrants if e.started is not None)

    def result(self) -> Any:
        """What the winner has to give, once.

        Raises:
            ChimericError: the first model's, when all failed before any content; the winner's.
        """
        with self._lock:
            winner = self.winner
            if winner is None:
                raise self._fatal or self._failure()
            if winner.error is not None:
                raise winner.error
        for entrant in self._entrants:
            if entrant.outcome == "failed" and not _passes(entrant.error):
                text = f"{entrant.model} could not be asked, {winner.model} answered: "
                try:
                    warnings.warn(HedgeWarning(text + entrant.fault), stacklevel=4)
                except HedgeWarning:  # it was made an error
                    _end([winner])
                    raise
        # What watches the winner's chunks leads here: its stream must not hold itself alive.
        answer, winner.answer = winner.answer, None
        return answer

    def take(self) -> None:
        """The winner's answer is the caller's from now on."""
        self._taken = True

    def leave(self) -> None:
        """Nobody waits any more: end all that the caller was not given."""
        with self._lock:
            self._given_up = True
            keep = self.winner if self._taken else None
            others = [e for e in self._entrants if e is not keep and not e.ended]
        _end(others)

    # --- for entrants ----------------------------------------------------------------------------

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return self._clock() - self._began

    def client_for(self, entrant: Entrant) -> Chimeric:
        """A client of its own, on the connections of all."""
        entrant.client = client = self._client.with_options()
        return client

    def lost(self, entrant: Entrant) -> bool:
        """Whether nobody needs its answer."""
        return self._given_up or self.winner not in (None, entrant)

    def arrived(self, entrant: Entrant) -> bool:
        """It has content to give; whether it is the first, and so the winner."""
        with self._lock:
            if self.lost(entrant):
                return False
            if self.winner is entrant:
                return True
            now = self._clock()
            self.winner = entrant
            entrant.settle("won", now)
            others = [other for other in self._entrants if other.waiting]
            for other in others:
                other.settle("lost", now)
            self._note()
            self._tell(now)
        _end(others)
        return True

    def is_ready(self, entrant: Entrant, answer: Any) -> bool:
        """Its answer can be given to the caller; whether it is wanted."""
        if not self.arrived(entrant):
            return False
        entrant.answer, entrant.ready, entrant.ended = answer, True, True
        self.ring()
        return True

    def failed(self, entrant: Entrant, error: BaseException) -> None:
        """It has failed, or was ended."""
        with self._lock:
            now = self._clock()
            partial = getattr(error, "partial", None)
            if entrant is self.winner:
                entrant.error = error  # after the first content it is the caller's
            elif entrant.waiting:
                entrant.settle("failed", now, error)
                if not isinstance(error, ChimericError) and self._fatal is None:
                    self._fatal = error
            entrant.tell(self._began)
            if partial is not None:
                entrant.tell_usage(partial.usage)
        self.ring()

    def has_ended(self, entrant: Entrant) -> None:
        """Nothing of it runs any more."""
        entrant.ended = True
        self.ring()

    # ---------------------------------------------------------------------------------------------

    def _note(self) -> None:
        first = self._entrants[0]
        if first.outcome in ("won", "lost"):
            assert first.settled is not None
            assert first.started is not None
            self._patience.note(first.settled - first.started)

    def _tell(self, now: float) -> None:
        asked = [entrant for entrant in self._entrants if entrant.started is not None]
        for entrant in asked:
            entrant.tell(self._began)
        assert self.winner is not None
        self.report["winner"] = self.winner.model
        self.report["hedged"] = len(asked) > 1
        self.report["delay"] = round(self._delay, 6)
        self.report["waited"] = round(now - self._began, 6)
        self.report["asked"] = [entrant.told for entrant in asked]

    def _failure(self) -> BaseException:
        failures = [entrant for entrant in self._entrants if entrant.error is not None]
        if not failures:
            return RefusedError("the call was abandoned before any model answered")
        error = failures[0].error
        assert error is not None
        for entrant in failures[1:]:
            error.add_note(f"{entrant.model} failed, too: {entrant.fault}")
        others = [e.error for e in failures[1:] if isinstance(e.error, Exception)]
        if others and error.__cause__ is None:
            error.__cause__ = ExceptionGroup("the other models failed, too", others)
        return error


def _passes(error: BaseException | None) -> bool:
    """Whether it is nothing that the caller should mend."""
    return isinstance(error, RefusedError) or (
        isinstance(error, ChimericError) and goes_elsewhere(error)
    )


def _end(entrants: Sequence[Entrant]) -> None:
    """End requests, from whatever thread or task."""
    for entrant in entrants:
        if entrant.client is not None:
            entrant.client.close()
