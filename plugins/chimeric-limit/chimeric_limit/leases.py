"""Places that are held on a lease, so that those of a process that dies are free again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

__all__ = ["Leases"]

Held = TypeVar("Held")


class Leases(Generic[Held]):
    """Renews the leases of what is open, in a thread that ends when nothing is.

    Args:
        renew: takes the open tickets, with what was kept of each. What it raises is left: the next
            round tries again.
        every: seconds between two rounds, a part of the lease.
        name: of the thread.

    Example:
        .. code-block:: python

            leases = Leases(lambda held: renew(list(held)), every=10, name="renewing")
            leases.hold(ticket, key)
            ...
            leases.drop(ticket)
    """

    def __init__(
        self, renew: Callable[[Mapping[str, Held]], object], *, every: float, name: str
    ) -> None:
        self._renew = renew
        self._every = every
        self._name = name
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()
        self._keeper: threading.Thread | None = None

    def hold(self, ticket: str, held: Held) -> None:
        """Renew a lease from now on."""
        with self._lock:
            self._held[ticket] = held
            if self._keeper is None or not self._keeper.is_alive():
                # After a fork the parent's thread is not in the child.
                keeper = threading.Thread(target=self._keep, name=self._name, daemon=True)
                self._keeper = keeper
                keeper.start()

    def drop(self, ticket: str) -> None:
        """Do not renew it any longer; one that is not held is none's."""
        with self._lock:
            self._held.pop(ticket, None)

    def _keep(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._every):
            with self._lock:
                held = dict(self._held)
                if not held:
                    self._keeper = None
                    return
            with contextlib.suppress(Exception):
                self._renew(held)
