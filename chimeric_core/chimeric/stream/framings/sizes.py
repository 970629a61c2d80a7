"""Events that are too large, as bytes or as objects."""

from __future__ import annotations

from chimeric.errors import ProtocolError
from chimeric.stream.framing import LARGE
from chimeric.values.deltas import Event

__all__ = ["check_parts", "too_big"]

PARTS = 2**18
"""Most objects and arrays of an event: of the empty ones, three bytes become 64."""


def too_big(head: bytes, limit: int) -> ProtocolError:
    """The error for an event of too many bytes."""
    return ProtocolError(
        f"one event is larger than {limit} bytes; raise Limits.event_size if that is expected",
        raw=head,
        limit="event_size",
    )


def check_parts(events: list[Event]) -> list[Event]:
    """Refuse an event that is small as bytes and large as objects, thirty times as large.

    Raises:
        ProtocolError: for more objects and arrays than an answer has use for.
    """
    for event in events:
        data = event.data
        if len(data) > LARGE and data.count(b"{") + data.count(b"[") > PARTS:
            raise ProtocolError(
                f"one event holds more than {PARTS} objects and arrays",
                raw=data,
                limit="event_size",
            )
    return events
