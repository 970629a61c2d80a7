"""The hook of a program that had loaded OpenTelemetry when its plugins were loaded."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from chimeric import Context, hookimpl

__all__ = ["chimeric_attempt"]


@hookimpl
def chimeric_attempt(context: Context) -> Generator[Any, Any, None] | None:
    """Note an attempt that fails, and one that another model takes over."""
    from . import installed

    return installed().chimeric_attempt(context)
