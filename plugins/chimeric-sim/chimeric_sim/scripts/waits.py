"""Time that passes between two steps of an answer."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from chimeric_dialects import Block, Phase, Step

from chimeric_sim.settings import Settings

__all__ = ["Wait", "at_work"]


class Wait(msgspec.Struct, frozen=True):
    """Nothing comes for ``seconds``."""

    seconds: float


def at_work(block: Block, settings: Settings) -> Iterator[Step | Wait]:
    """A server tool that takes its time, and tells every now and then that it is at work."""
    yield Phase(block)
    left = settings.tool_delay
    while left > 1e-6:
        waited = min(settings.phase_gap or left, left)
        yield Wait(waited)
        left -= waited
        if left > 1e-6:
            yield Phase(block)
