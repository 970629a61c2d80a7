"""How many requests each client has left in this minute, by the books of chimeric-limit."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chimeric_gateway.config.settings import ClientSettings, Settings
from chimeric_gateway.refusal import Refusal

if TYPE_CHECKING:
    from chimeric_limit import Granted, NoRoom, Store

__all__ = ["Allowances"]

STORE = 2.0
"""Seconds that a server has for an answer; then the request goes on."""


class Allowances:
    """Counts requests of clients that may send so many in a minute.

    The minute slides: in none, wherever it begins, are there more. Requests that are refused do
    not count. Workers share the books where there is Redis; where it fails, requests go on.

    Args:
        settings: of the gateway.
        clock: seconds, never going back, for books of this process.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] | None = None) -> None:
        self._store: Store | None = None
        if any(client.requests_per_minute is not None for client in settings.clients.values()):
            self._store = _books(settings.redis, clock)

    async def take(self, client: ClientSettings | None) -> None:
        """Note a request.

        Raises:
            Refusal: 429 with ``retry_after``, where the client has sent all that it may.
        """
        if self._store is None or client is None or client.requests_per_minute is None:
            return
        from chimeric_limit import Amounts, NoRoom, Rates

        told = await self._asked(
            self._store, client.name, Rates(requests=client.requests_per_minute), Amounts()
        )
        if isinstance(told, NoRoom):
            text = f"this key may send {client.requests_per_minute} requests a minute"
            raise Refusal(429, text, code="rate_limit_exceeded", retry_after=told.seconds)

    async def _asked(self, store: Store, *args: Any) -> Granted | NoRoom | None:
        if not store.blocks:
            return store.take(*args)
        try:
            return await asyncio.wait_for(asyncio.to_thread(store.take, *args), STORE)
        except Exception as error:  # the server is away, whatever its library raises
            text = f"the books of limits cannot be read: {type(error).__name__}: {error}"
            warnings.warn(text, stacklevel=2)
            return None


def _books(redis: str | None, clock: Callable[[], float] | None) -> Store:
    from chimeric_limit import Ledger, RedisLedger

    if redis is not None:
        return RedisLedger(redis, prefix="chimeric:gateway:", wait=STORE / 2)
    return Ledger() if clock is None else Ledger(clock=clock)
