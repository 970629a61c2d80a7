"""The books of a limit, in a Ray actor that all nodes share."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from chimeric_limit import Amounts, Granted, Leases, Ledger, NoRoom, Rates

from .extras import the_ray

__all__ = ["RayLedger"]

LEASE = 30.0
"""Seconds after which the places of a process that has died are free again."""


class Books:
    """The ledger inside the actor. A place that nobody renews is given back.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ledger = Ledger(clock=clock)
        self._leases: dict[str, tuple[float, str, Rates]] = {}

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        """Take what an attempt needs."""
        self._free()
        told = self._ledger.take(key, rates, amounts)
        if isinstance(told, Granted):
            self._leases[told.ticket] = self._clock() + LEASE, key, rates
        return told

    def more(self, key: str, ticket: str, rates: Rates, amounts: Amounts) -> NoRoom | None:
        """Take more for it."""
        return self._ledger.more(key, ticket, rates, amounts)

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        """It has ended."""
        self._leases.pop(ticket, None)
        self._ledger.settle(key, ticket, rates, amounts)

    def pause(self, key: str, rates: Rates, seconds: float) -> None:
        """Let nobody take anything."""
        self._ledger.pause(key, rates, seconds)

    def renew(self, tickets: list[str]) -> None:
        """These attempts still run."""
        until = self._clock() + LEASE
        for ticket in tickets:
            if ticket in self._leases:
                _, key, rates = self._leases[ticket]
                self._leases[ticket] = until, key, rates

    def _free(self) -> None:
        now = self._clock()
        over = [ticket for ticket, (until, _, _) in self._leases.items() if until < now]
        for ticket in over:
            _, key, rates = self._leases.pop(ticket)
            self._ledger.settle(key, ticket, rates, None)


class RayLedger:
    """Books for ``chimeric_limit.Limit(store=...)`` that all actors of a cluster share.

    They live in a Ray actor, which starts anew on another node when its node dies, with empty
    books.

    Args:
        name: shares the books with other jobs of the cluster under this name; such an actor stays
            until ``ray.kill``. Without one, they are this job's, and end with it.

    A process that dies loses its places of ``concurrent`` after 30 seconds.

    Raises:
        ConfigurationError: where Ray is not installed.

    Example:
        .. code-block:: python

            ledger = RayLedger()

            def make_client():
                return Chimeric(plugins=[Limit(requests=500, store=ledger)])

            answer(dataset, model="gpt-5.4-mini", prompt="question", client=make_client)
    """

    blocks = True

    def __init__(self, name: str | None = None) -> None:
        ray = the_ray()
        options: dict[str, Any] = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": 1}
        if name is not None:
            options |= {"name": name, "lifetime": "detached", "get_if_exists": True}
        self._books: Any = ray.remote(Books).options(**options).remote()
        self._begin()

    def _begin(self) -> None:
        self._leases = Leases(self._renew, every=LEASE / 3, name="chimeric-ray")

    def __getstate__(self) -> dict[str, Any]:
        return {"_books": self._books}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._books = state["_books"]
        self._begin()

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        """Take what an attempt needs of a key, or nothing.

        Raises:
            ray.exceptions.RayError: when the actor cannot be reached.
        """
        told: Granted | NoRoom = self._ask("take", key, rates, amounts)
        if isinstance(told, Granted) and rates.concurrent is not None:
            self._leases.hold(told.ticket, None)
        return told

    def more(self, key: str, ticket: str, rates: Rates, amounts: Amounts) -> NoRoom | None:
        """Take more for an attempt that is under way."""
        told: NoRoom | None = self._ask("more", key, ticket, rates, amounts)
        return told

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        """The attempt has ended."""
        self.forget(ticket)
        self._ask("settle", key, ticket, rates, amounts)

    def forget(self, ticket: str) -> None:
        """Do not keep an attempt's place any longer; the actor frees it when its lease ends."""
        self._leases.drop(ticket)

    def pause(self, key: str, rates: Rates, seconds: float) -> None:
        """Let nobody take anything of a key for so long."""
        self._ask("pause", key, rates, seconds)

    def _ask(self, verb: str, *told: Any) -> Any:
        import ray

        return ray.get(getattr(self._books, verb).remote(*told))

    def _renew(self, held: Mapping[str, None]) -> None:
        self._books.renew.remote(list(held))
