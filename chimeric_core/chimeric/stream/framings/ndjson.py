"""Bytes to events: newline-delimited JSON."""

from __future__ import annotations

from chimeric.stream.framing import BOM, EVENT_LIMIT, LARGE, Tail
from chimeric.values.deltas import Event

from .sizes import check_parts, too_big

__all__ = ["NDJSONFramer"]


class NDJSONFramer:
    """One JSON value a line; only LF ends a line, a CR before it is dropped.

    Raises:
        ProtocolError: for a line over ``limit`` bytes, after the events before it were given.
    """

    __slots__ = ("_started", "_tail")

    def __init__(self, limit: int = EVENT_LIMIT) -> None:
        self._tail = Tail(limit)
        self._started = False

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        tail = self._tail
        tail.check()
        if b"\n" not in data:
            if data:
                tail.add(data)
                tail.check()
            return []
        data = tail.take(data)
        lines = data.split(b"\n")
        rest = lines.pop()
        if rest:
            tail.add(rest)
        events = [event for line in lines if (event := self._line(line)) is not None]
        if not events:
            tail.check()
        return check_parts(events) if len(data) > LARGE else events

    def end(self) -> list[Event]:
        """The body has ended; return the last line if it had no line end."""
        event = self._line(self._tail.take())
        return [] if event is None else [event]

    def _line(self, line: bytes) -> Event | None:
        if not self._started:
            self._started = True
            line = line.removeprefix(BOM)
        if len(line) > self._tail.limit:
            raise too_big(line, self._tail.limit)
        line = line.strip(b" \t\r")
        return Event(line) if line else None
