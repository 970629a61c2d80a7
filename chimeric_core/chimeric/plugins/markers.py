"""The two pluggy markers of the project ``chimeric``."""

from __future__ import annotations

import pluggy

__all__ = ["hookimpl", "hookspec"]

PROJECT = "chimeric"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
