"""Asks the next model when one fails, and goes on with an answer whose stream was cut.

Pass ``Fallback({...})`` to a client, or set ``CHIMERIC_FALLBACK`` for all clients of a process.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chimeric import ChimericError, Context, Continuation, Request, hookimpl

if TYPE_CHECKING:
    from chimeric import Asking

    from .belongings import TRACING
    from .failures import goes_elsewhere
    from .fallback import Fallback

__all__ = [
    "TRACING",
    "Fallback",
    "chimeric_prepare_request",
    "chimeric_recover",
    "goes_elsewhere",
]

WHERE = {"TRACING": "belongings", "Fallback": "fallback", "goes_elsewhere": "failures"}

VARIABLES = ("CHIMERIC_FALLBACK", "CHIMERIC_FALLBACK_JOINS", "CHIMERIC_FALLBACK_PREFILL")

chimeric_api = (2, 2)
chimeric_phase = "record"


def __getattr__(name: str) -> Any:
    """Import what is asked for: where no stream is cut and no model fails, nothing is loaded."""
    if name == "chimeric_idle":
        # Where no models are named, cut streams are joined, and that is all.
        return () if any(map(os.environ.get, VARIABLES)) else ("chimeric_prepare_request",)
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


@hookimpl
def chimeric_prepare_request(request: Request, context: Context) -> Request | None:
    """What ``CHIMERIC_FALLBACK`` asks for."""
    from .environment import of_environment

    return of_environment().chimeric_prepare_request(request, context)


@hookimpl
def chimeric_recover(
    error: ChimericError, context: Context
) -> Asking[Request | Continuation | None]:
    """What ``CHIMERIC_FALLBACK`` asks for; where nothing is set, a cut stream is joined again."""
    from .environment import of_environment

    return of_environment().chimeric_recover(error, context)


if os.environ.get("CHIMERIC_FALLBACK_PREFILL"):
    # It looks at each chunk.
    @hookimpl
    def chimeric_stream_processor(context: Context) -> Any:
        """What ``CHIMERIC_FALLBACK_PREFILL`` needs to see."""
        from .environment import of_environment

        return of_environment().chimeric_stream_processor(context)
