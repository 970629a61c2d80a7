"""For plugin authors and applications: a scripted server on real sockets, and what drives it."""

from __future__ import annotations

from .contract import ProviderContract
from .faults import FAULTS, Fault, FaultServer
from .play import Played, Reply, play, prepare
from .recorded import ErrorKind, Recorded, RecordedError
from .script import Script
from .server import Close, LoopbackServer, Pause, Reset, SeenRequest, Step

__all__ = [
    "FAULTS",
    "Close",
    "ErrorKind",
    "Fault",
    "FaultServer",
    "LoopbackServer",
    "Pause",
    "Played",
    "ProviderContract",
    "Recorded",
    "RecordedError",
    "Reply",
    "Reset",
    "Script",
    "SeenRequest",
    "Step",
    "play",
    "prepare",
]
