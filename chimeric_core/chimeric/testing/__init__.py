"""For plugin authors and applications: a scripted server on real sockets, and what drives it."""

from __future__ import annotations

from .server import Close, LoopbackServer, Pause, Reset, SeenRequest

__all__ = ["Close", "LoopbackServer", "Pause", "Reset", "SeenRequest"]
