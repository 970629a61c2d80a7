"""Holds requests, tokens, spending and calls at a time below limits, in one process or many.

Pass ``Limit(...)`` to a client, or set ``CHIMERIC_LIMIT`` (``requests=60,tokens=100000``) for all
clients of a process.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chimeric import ConfigurationError, Context, StreamProcessor, hookimpl

if TYPE_CHECKING:
    from .ledger import Granted, Ledger, NoRoom, Store
    from .limit import Limit
    from .rates import Amounts, Rates
    from .redis_ledger import RedisLedger

__all__ = [
    "Amounts",
    "Granted",
    "Ledger",
    "Limit",
    "NoRoom",
    "Rates",
    "RedisLedger",
    "Store",
    "chimeric_attempt",
    "chimeric_stream_processor",
]

WHERE = {
    "Amounts": "rates",
    "Granted": "ledger",
    "Ledger": "ledger",
    "Limit": "limit",
    "NoRoom": "ledger",
    "Rates": "rates",
    "RedisLedger": "redis_ledger",
    "Store": "ledger",
}

NUMBERS = {"requests": int, "tokens": int, "concurrent": int, "spending": float, "wait": float}

chimeric_api = (2, 2)


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without limits loads nothing."""
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


@lru_cache(maxsize=4)
def _made(told: str, store: str) -> Limit:
    from .limit import Limit
    from .redis_ledger import RedisLedger

    limits: dict[str, Any] = {}
    for entry in told.split(","):
        name, _, number = (text.strip() for text in entry.partition("="))
        try:
            limits[name] = NUMBERS[name](number)
        except (KeyError, ValueError):
            known = ", ".join(f"{known}=N" for known in NUMBERS)
            raise ConfigurationError(
                f"CHIMERIC_LIMIT has {entry.strip()!r}; it takes {known}, with commas"
            ) from None
    return Limit(**limits, store=RedisLedger(store) if store else None)


def _of_environment() -> Limit | None:
    told = os.environ.get("CHIMERIC_LIMIT")
    return _made(told, os.environ.get("CHIMERIC_LIMIT_STORE", "")) if told else None


@hookimpl
def chimeric_attempt(context: Context) -> Generator[Any, Any, None] | None:
    """Hold what ``CHIMERIC_LIMIT`` says."""
    limit = _of_environment()
    return None if limit is None else limit.chimeric_attempt(context)


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """Watch the tokens of streams where ``CHIMERIC_LIMIT`` limits them."""
    limit = _of_environment()
    return None if limit is None else limit.chimeric_stream_processor(context)
