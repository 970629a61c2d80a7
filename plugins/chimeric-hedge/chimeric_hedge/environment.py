"""The hooks of a process whose ``CHIMERIC_BALANCE`` names endpoints."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import lru_cache
from typing import Any

from chimeric import ChimericError, ConfigurationError, Context, Request, hookimpl

from .balance import Balance

__all__ = ["chimeric_attempt", "chimeric_prepare_request", "of_environment", "recovered"]

FORM = "name=model*weight,model; name=..."


@lru_cache(maxsize=4)
def _made(told: str) -> Balance:
    models: dict[str, dict[str, float]] = {}
    try:
        for entry in filter(None, map(str.strip, told.split(";"))):
            name, _, members = map(str.strip, entry.partition("="))
            if not name or name in models:
                raise ValueError(f"{entry!r} has no name of its own")
            found = [member.partition("*") for member in members.split(",") if member.strip()]
            models[name] = {
                model.strip(): float(weight) if star else 1.0 for model, star, weight in found
            }
            if len(models[name]) < len(found):
                raise ValueError(f"{name!r} names one model twice")
        return Balance(models)
    except ValueError as error:
        raise ConfigurationError(
            f"CHIMERIC_BALANCE cannot be read: {error}; it is written {FORM!r}"
        ) from None


def of_environment() -> Balance | None:
    """What ``CHIMERIC_BALANCE`` says; None where it is not set."""
    told = os.environ.get("CHIMERIC_BALANCE")
    return _made(told) if told else None


@hookimpl
def chimeric_prepare_request(request: Request, context: Context) -> Request | None:
    """Choose one of the endpoints that ``CHIMERIC_BALANCE`` names."""
    balance = of_environment()
    return None if balance is None else balance.chimeric_prepare_request(request, context)


@hookimpl
def chimeric_attempt(context: Context) -> Generator[Any, Any, None] | None:
    """Count what is under way there."""
    balance = of_environment()
    return None if balance is None else balance.chimeric_attempt(context)


def recovered(error: ChimericError, context: Context) -> Request | None:
    """Another of the endpoints, or None."""
    balance = of_environment()
    return None if balance is None else balance.chimeric_recover(error, context)
