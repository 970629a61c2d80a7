"""The hooks of attempts, apart: they are in the way of each call, whether they log or not."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric import Context, hookimpl

__all__ = ["chimeric_attempt", "chimeric_stream_started"]


@hookimpl
def chimeric_attempt(context: Context) -> Generator[Any, Any, None] | None:
    """Tell of an attempt."""
    from . import INSTALLED

    return INSTALLED.chimeric_attempt(context)


@hookimpl
def chimeric_stream_started(context: Context) -> None:
    """Tell when the answer has begun."""
    from . import INSTALLED

    INSTALLED.chimeric_stream_started(context)
