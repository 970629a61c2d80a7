"""Asks a second model when the first is slow, races models, and balances load over endpoints.

``Hedge`` and ``Race`` stand on top of a client, and are no plugins. ``Balance`` is one: pass it to
a client, or set ``CHIMERIC_BALANCE`` (``fast=eu:gpt-4o*3,us:gpt-4o``) for all clients of a process:
it is read when the process loads its plugins.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chimeric import hookimpl

if TYPE_CHECKING:
    from chimeric import ChimericError, Context, Request

    from .balance import Balance
    from .contest import HedgeWarning
    from .hedge import Hedge, Race

__all__ = ["Balance", "Hedge", "HedgeWarning", "Race", "chimeric_recover"]

WHERE = {"Balance": "balance", "Hedge": "hedge", "HedgeWarning": "contest", "Race": "hedge"}

chimeric_api = (2, 2)


def __getattr__(name: str) -> Any:
    """Import what is asked for: a process that uses none of it loads nothing."""
    if name == "chimeric_idle":
        return not os.environ.get("CHIMERIC_BALANCE")
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{WHERE[name]}"), name)


if os.environ.get("CHIMERIC_BALANCE"):
    # These hooks cost each call something wherever they are, whatever they do.
    from .environment import chimeric_attempt as chimeric_attempt
    from .environment import chimeric_prepare_request as chimeric_prepare_request


@hookimpl
def chimeric_recover(error: ChimericError, context: Context) -> Request | None:
    """Another of the endpoints that ``CHIMERIC_BALANCE`` names."""
    if not os.environ.get("CHIMERIC_BALANCE"):
        return None
    from .environment import recovered

    return recovered(error, context)
