"""Records exchanges to files and replays them: chunk boundaries, timing and errors included.

Pass ``Record(directory)`` to a client, use the pytest fixture ``chimeric_record``, or set
``CHIMERIC_RECORD`` to a directory for all clients of a process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .exchange import VERSION, Asked, Exchange, Failure, Piece, RecordedRequest, load
    from .record import Mode, Record, chimeric_api, chimeric_wrap_transport
    from .scrub import Scrubber

__all__ = [
    "VERSION",
    "Asked",
    "Exchange",
    "Failure",
    "Mode",
    "Piece",
    "Record",
    "RecordedRequest",
    "Scrubber",
    "chimeric_api",
    "chimeric_wrap_transport",
    "load",
]


# Imported on demand: pytest loads this package in every run, mostly for nothing.
def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _load()
    return globals()[name]


def __dir__() -> list[str]:
    _load()  # hooks are looked for among what stands here
    return sorted(globals())


def _load() -> None:
    from . import exchange, record, scrub

    for module in (exchange, record, scrub):
        globals().update({name: getattr(module, name) for name in module.__all__})
