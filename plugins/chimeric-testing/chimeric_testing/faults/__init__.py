"""What goes wrong on the way of a stream, ready to be served for any provider's protocol.

``FAULTS`` holds every fault by name; ``FaultServer`` serves one of them, made of a recorded good
answer of the provider. Each fault tells what a client must make of it, so that a plugin's tests
can go through all of them.
"""

from __future__ import annotations

from . import framing, http, payloads, transport
from .fault import FAULTS, Fault, serve_well
from .fault_server import FaultServer

__all__ = [
    "FAULTS",
    "Fault",
    "FaultServer",
    "framing",
    "http",
    "payloads",
    "serve_well",
    "transport",
]
