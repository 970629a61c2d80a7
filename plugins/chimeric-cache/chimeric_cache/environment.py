"""The hooks of a process whose ``CHIMERIC_CACHE`` names a store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from chimeric_stores import is_redis

from chimeric import ConfigurationError, Context, Delta, FinishedTurn, Request, hookimpl

from .cache import Cache

__all__ = ["chimeric_answer", "chimeric_finish_turn", "of_environment"]


@lru_cache(maxsize=4)
def _made(place: str, max_age: str) -> Cache:
    store: Any = place
    if is_redis(place):
        from .redis_store import RedisStore

        store = RedisStore(place)
    try:
        return Cache(store, max_age=float(max_age) if max_age else None)
    except ValueError:
        raise ConfigurationError(
            f"CHIMERIC_CACHE_MAX_AGE must be a number of seconds over 0, not {max_age!r}"
        ) from None


def of_environment() -> Cache | None:
    """What ``CHIMERIC_CACHE`` says; None where it is not set."""
    place = os.environ.get("CHIMERIC_CACHE")
    return _made(place, os.environ.get("CHIMERIC_CACHE_MAX_AGE", "")) if place else None


@hookimpl
def chimeric_answer(request: Request, context: Context) -> Iterator[Delta] | None:
    """What ``CHIMERIC_CACHE`` has kept."""
    cache = of_environment()
    return None if cache is None else cache.chimeric_answer(request, context)


@hookimpl
def chimeric_finish_turn(turn: FinishedTurn, context: Context) -> Any:
    """Keep the turn where ``CHIMERIC_CACHE`` says."""
    cache = of_environment()
    return None if cache is None else cache.chimeric_finish_turn(turn, context)
