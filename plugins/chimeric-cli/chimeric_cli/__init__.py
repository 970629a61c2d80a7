"""The command line of Chimeric: the ``chimeric`` command."""

from __future__ import annotations

from .hook_order import explain

__all__ = ["explain"]
