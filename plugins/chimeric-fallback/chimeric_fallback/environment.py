"""The fallback of a process, out of its environment."""

from __future__ import annotations

import os
from functools import lru_cache

from chimeric import ConfigurationError

from . import VARIABLES
from .fallback import Fallback

__all__ = ["of_environment"]


@lru_cache(maxsize=4)
def _read(text: str, joins: str, prefill: str) -> Fallback:
    """The variables' values: ``model=other,another; model=...``, and two numbers."""
    models: dict[str, list[str]] = {}
    for entry in filter(str.strip, text.split(";")):
        model, _, others = map(str.strip, entry.partition("="))
        named = [other.strip() for other in others.split(",") if other.strip()]
        if not (model and named):
            raise ConfigurationError(
                f"CHIMERIC_FALLBACK has {entry.strip()!r}; it takes model=other,another; model=..."
            )
        models[model] = named
    return Fallback(
        models,
        joins=_number("CHIMERIC_FALLBACK_JOINS", joins or "5"),
        prefill=_number("CHIMERIC_FALLBACK_PREFILL", prefill or "0"),
        _default=True,
    )


def _number(name: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise ConfigurationError(f"{name} must be a number, not {text!r}")
    return int(text)


def of_environment() -> Fallback:
    """What ``CHIMERIC_FALLBACK``, ``..._JOINS`` and ``..._PREFILL`` say."""
    return _read(*(os.environ.get(name, "") for name in VARIABLES))
