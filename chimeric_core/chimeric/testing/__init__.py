"""For plugin authors and applications: a scripted server on real sockets, and what drives it."""

from __future__ import annotations

from .faults import FAULTS, Fault, FaultServer
from .script import Script
from .server import Close, LoopbackServer, Pause, Reset, SeenRequest

__all__ = [
    "FAULTS",
    "Close",
    "Fault",
    "FaultServer",
    "LoopbackServer",
    "Pause",
    "Reset",
    "Script",
    "SeenRequest",
]
