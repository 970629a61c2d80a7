"""Holds requests, tokens, spending and calls at a time below limits, in one process or many.

Pass ``Limit(...)`` to a client, or set ``CHIMERIC_LIMIT`` (``requests=60,tokens=100000``) for all
clients of a process: it is read when the process loads its plugins.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chimeric import Context, StreamProcessor, hookimpl

if TYPE_CHECKING:
    from .leases import Leases
    from .ledger import Granted, Ledger, NoRoom, Store
    from .limit import Limit
    from .rates import Amounts, Rates
    from .redis_ledger import RedisLedger

__all__ = [
    "Amounts",
    "Granted",
    "Leases",
    "Ledger",
    "Limit",
    "NoRoom",
    "Rates",
    "RedisLedger",
    "Store",
    "chimeric_stream_processor",
]

WHERE = {
    "Amounts": "rates",
    "Granted": "ledger",
    "Leases": "leases",
    "Ledger": "ledger",
    "Limit": "limit",
    "NoRoom": "ledger",
    "Rates": "rates",
    "RedisLedger": "redis_ledger",
    "Store": "ledger",
}

chimeric_api = (2, 2)


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without limits loads nothing."""
    if name == "chimeric_idle":
        return not os.environ.get("CHIMERIC_LIMIT")
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


if os.environ.get("CHIMERIC_LIMIT"):
    # These hooks cost each call something wherever they are, whatever they do.
    from .environment import chimeric_attempt as chimeric_attempt


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """What ``CHIMERIC_LIMIT`` asks for at each chunk, or nothing."""
    if not os.environ.get("CHIMERIC_LIMIT"):
        return None
    from .environment import of_environment

    limit = of_environment()
    return None if limit is None else limit.chimeric_stream_processor(context)
