"""What a provider sent of a turn, kept for the hooks that see whole turns."""

from __future__ import annotations

from typing import Any

from chimeric.stream.pipeline import ParseEvent
from chimeric.stream.turn import Turn
from chimeric.values.deltas import Delta, Event, Parsed

__all__ = ["keep", "kept"]


def kept(parse: ParseEvent, turn: Turn) -> ParseEvent:
    """A parser that keeps all that it returns."""
    deltas = turn.deltas = []

    def keeping(event: Event, state: Any) -> Any:
        told = parse(event, state)
        keep(deltas, told)
        return told

    return keeping


def keep(deltas: list[Delta | str], told: Parsed) -> None:
    """Add what a parser told to what is kept."""
    if isinstance(told, (Delta, str)):
        deltas.append(told)
    else:
        deltas.extend(told or ())
