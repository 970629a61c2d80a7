"""Answers again from a store what was answered before, as the same stream.

Pass ``Cache(...)`` to a client, or set ``CHIMERIC_CACHE`` to a file's path or a Redis URL for all
clients of a process: it is read when the process loads its plugins.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chimeric import Context, StreamProcessor, hookimpl

if TYPE_CHECKING:
    from .cache import Cache
    from .redis_store import RedisStore
    from .sqlite_store import SQLiteStore
    from .stores import Store

__all__ = [
    "Cache",
    "RedisStore",
    "SQLiteStore",
    "Store",
    "chimeric_stream_processor",
]

WHERE = {
    "Cache": "cache",
    "RedisStore": "redis_store",
    "SQLiteStore": "sqlite_store",
    "Store": "stores",
}

chimeric_api = (2, 2)
chimeric_phase = "record"


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process without a cache does not load SQLite."""
    if name == "chimeric_idle":
        return not os.environ.get("CHIMERIC_CACHE")
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


if os.environ.get("CHIMERIC_CACHE"):
    # These hooks cost each call something wherever they are, whatever they do.
    from .environment import chimeric_answer as chimeric_answer
    from .environment import chimeric_finish_turn as chimeric_finish_turn


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """What ``CHIMERIC_CACHE`` asks for at each chunk, or nothing."""
    if not os.environ.get("CHIMERIC_CACHE"):
        return None
    from .environment import of_environment

    cache = of_environment()
    return None if cache is None else cache.chimeric_stream_processor(context)
