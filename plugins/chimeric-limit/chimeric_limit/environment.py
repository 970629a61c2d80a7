"""The hooks of a process whose ``CHIMERIC_LIMIT`` sets limits."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import lru_cache
from typing import Any

from chimeric import ConfigurationError, Context, hookimpl

from .limit import Limit
from .redis_ledger import RedisLedger

__all__ = ["chimeric_attempt", "of_environment"]

NUMBERS = {"requests": int, "tokens": int, "concurrent": int, "spending": float, "wait": float}


@lru_cache(maxsize=4)
def _made(told: str, store: str) -> Limit:
    limits: dict[str, Any] = {}
    for entry in filter(str.strip, told.split(",")):
        name, _, number = (text.strip() for text in entry.partition("="))
        try:
            limits[name] = NUMBERS[name](number)
        except (KeyError, ValueError):
            known = ", ".join(f"{known}=N" for known in NUMBERS)
            raise ConfigurationError(
                f"CHIMERIC_LIMIT has {entry.strip()!r}; it takes {known}, with commas"
            ) from None
    try:
        return Limit(**limits, store=RedisLedger(store) if store else None)
    except ValueError as error:
        raise ConfigurationError(f"CHIMERIC_LIMIT is {told!r}: {error}") from None


def of_environment() -> Limit | None:
    """What ``CHIMERIC_LIMIT`` says; None where it is not set."""
    told = os.environ.get("CHIMERIC_LIMIT")
    return _made(told, os.environ.get("CHIMERIC_LIMIT_STORE", "")) if told else None


@hookimpl
def chimeric_attempt(context: Context) -> Generator[Any, Any, None] | None:
    """Hold what ``CHIMERIC_LIMIT`` says."""
    limit = of_environment()
    return None if limit is None else limit.chimeric_attempt(context)
