"""Answers again from a store what was answered before, as the same stream.

Pass ``Cache(...)`` to a client, or set ``CHIMERIC_CACHE`` to a file's path or a Redis URL for all
clients of a process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chimeric import Context, Delta, FinishedTurn, Request, hookimpl

if TYPE_CHECKING:
    from .cache import Cache
    from .pace import Pace
    from .redis_store import RedisStore
    from .sqlite_store import SQLiteStore
    from .stores import Store

__all__ = [
    "Cache",
    "RedisStore",
    "SQLiteStore",
    "Store",
    "chimeric_answer",
    "chimeric_finish_turn",
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
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


@lru_cache(maxsize=4)
def _made(place: str, max_age: str) -> Cache:
    from .cache import Cache

    store: Any = place
    if place.startswith(("redis://", "rediss://", "unix://")):
        from .redis_store import RedisStore

        store = RedisStore(place)
    return Cache(store, max_age=float(max_age) if max_age else None)


def _of_environment() -> Cache | None:
    place = os.environ.get("CHIMERIC_CACHE")
    return _made(place, os.environ.get("CHIMERIC_CACHE_MAX_AGE", "")) if place else None


@hookimpl
def chimeric_answer(request: Request, context: Context) -> Iterator[Delta] | None:
    """What ``CHIMERIC_CACHE`` has kept."""
    cache = _of_environment()
    return None if cache is None else cache.chimeric_answer(request, context)


@hookimpl
def chimeric_finish_turn(turn: FinishedTurn, context: Context) -> Any:
    """Keep the turn where ``CHIMERIC_CACHE`` says."""
    cache = _of_environment()
    return None if cache is None else cache.chimeric_finish_turn(turn, context)


@hookimpl
def chimeric_stream_processor(context: Context) -> Pace | None:
    """What tells on the last chunk what ``CHIMERIC_CACHE`` did."""
    cache = _of_environment()
    return None if cache is None else cache.chimeric_stream_processor(context)
