"""Tables of rules that are loaded with the first request that needs one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["rules_of"]


def rules_of(name: str) -> Callable[[], Rules]:
    """A function that gives the table of a service."""

    def load() -> Rules:
        from .rules import TABLES

        return TABLES[name]

    return load
