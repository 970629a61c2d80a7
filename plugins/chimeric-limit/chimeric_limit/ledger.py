"""The books of one process: what was used of each key, and when there is room again."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from .rates import Amounts, Rates

__all__ = ["Granted", "Ledger", "NoRoom", "Store"]


class Granted(msgspec.Struct, frozen=True):
    """An attempt may be sent. ``ticket`` names what it has taken, ``at`` tells when, by the clock
    of the books."""

    ticket: str
    at: float


class NoRoom(msgspec.Struct, frozen=True):
    """A limit is reached.

    Attributes:
        limit: its name.
        seconds: until there is room, as far as one can tell; None where it depends on others.
        never: whether the attempt alone is more than the limit.
    """

    limit: str
    seconds: float | None = None
    never: bool = False


class Store(Protocol):
    """Keeps the books. It may block, and is called from any thread.

    ``blocks`` tells whether it has to be called where blocking is allowed.
    """

    blocks: bool

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        """Take what an attempt needs of a key, or nothing."""
        ...

    def more(self, key: str, ticket: str, rates: Rates, amounts: Amounts) -> NoRoom | None:
        """Take more for an attempt that is under way. It is no further request."""
        ...

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        """The attempt has ended. Its place is given back, and what it took is corrected; None: it
        stays as it was estimated."""
        ...

    def pause(self, key: str, rates: Rates, seconds: float) -> None:
        """Let nobody take anything of a key for so long."""
        ...


class _Window:
    """Amounts of one measure in the last so many seconds."""

    def __init__(self) -> None:
        self._entries: deque[tuple[float, str]] = deque()
        self._amounts: dict[str, float] = {}
        self._sum = 0.0

    def room(self, want: float, limit: float, window: float, now: float) -> float:
        """Seconds until ``want`` fits; 0 where it does now."""
        while self._entries and self._entries[0][0] <= now - window + TICK:
            _, ticket = self._entries.popleft()
            self._sum -= self._amounts.pop(ticket)
        over = self._sum + want - limit
        if over <= EXACT:
            return 0.0
        for at, ticket in self._entries:
            over -= self._amounts[ticket]
            if over <= EXACT:
                return at + window - now
        return window

    def add(self, ticket: str, amount: float, now: float) -> None:
        """Note an amount; what a ticket has already taken grows."""
        if ticket in self._amounts:
            self._amounts[ticket] += amount
        else:
            self._entries.append((now, ticket))
            self._amounts[ticket] = amount
        self._sum += amount

    def correct(self, ticket: str, amount: float) -> None:
        """Note what it really was, unless the window has gone on."""
        if ticket in self._amounts:
            self._sum += amount - self._amounts[ticket]
            self._amounts[ticket] = amount


TICK = 1e-6
"""Seconds; what is nearer is now."""

EXACT = 1e-9
"""Sums of dollars are not exact."""


class _Book:
    def __init__(self) -> None:
        self.windows = {"requests": _Window(), "tokens": _Window(), "spending": _Window()}
        self.open: set[str] = set()
        self.paused = 0.0


class Ledger:
    """Sliding windows: in no window, wherever it begins, more is used than the limit.

    Args:
        clock: seconds, never going back.

    Example:
        >>> ledger, rates = Ledger(clock=lambda: 20.0), Rates(requests=1)
        >>> ledger.take("gpt", rates, Amounts())
        Granted(ticket='1', at=20.0)
        >>> ledger.take("gpt", rates, Amounts())
        NoRoom(limit='requests', seconds=60.0, never=False)
    """

    blocks = False

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._books: dict[str, _Book] = {}
        self._lock = threading.Lock()
        self._count = 0

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        """Take what an attempt needs of a key, or nothing."""
        with self._lock:
            book, now = self._books.setdefault(key, _Book()), self._clock()
            if book.paused > now:
                return NoRoom("paused", book.paused - now)
            if rates.concurrent is not None and len(book.open) >= rates.concurrent:
                return NoRoom("concurrent", None, rates.concurrent < 1)
            if none := _none(book, rates, amounts, now):
                return none
            self._count += 1
            ticket = str(self._count)
            book.open.add(ticket)
            for measure, _, _ in rates.limits():
                book.windows[measure].add(ticket, amounts.of(measure), now)
            return Granted(ticket, now)

    def more(self, key: str, ticket: str, rates: Rates, amounts: Amounts) -> NoRoom | None:
        """Take more for an attempt that is under way."""
        with self._lock:
            book, now = self._books.setdefault(key, _Book()), self._clock()
            running = msgspec.structs.replace(rates, requests=None)
            if none := _none(book, running, amounts, now):
                return none
            for measure, _, _ in running.limits():
                book.windows[measure].add(ticket, amounts.of(measure), now)
            return None

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        """The attempt has ended."""
        with self._lock:
            book = self._books.setdefault(key, _Book())
            book.open.discard(ticket)
            if amounts is not None:
                for measure in ("tokens", "spending"):
                    book.windows[measure].correct(ticket, amounts.of(measure))

    def pause(self, key: str, rates: Rates, seconds: float) -> None:
        """Let nobody take anything of a key for so long."""
        with self._lock:
            book = self._books.setdefault(key, _Book())
            book.paused = max(book.paused, self._clock() + seconds)


def _none(book: _Book, rates: Rates, amounts: Amounts, now: float) -> NoRoom | None:
    """The limit that has room last, if any has none."""
    worst: NoRoom | None = None
    for measure, limit, window in rates.limits():
        want = amounts.of(measure)
        seconds = book.windows[measure].room(want, limit, window, now)
        if want > limit + EXACT:
            return NoRoom(measure, None, never=True)
        if seconds > 0 and (worst is None or seconds > (worst.seconds or 0.0)):
            worst = NoRoom(measure, seconds)
    return worst
