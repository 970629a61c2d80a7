"""One answer that does not need its reader: its events are kept as they are made."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from chimeric_dialects.sse import sse

__all__ = ["Run"]

ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class Run:
    """A response in the background.

    Its events are made when somebody wants them, or when their time has come: nothing runs on its
    own, and each event is the same for whoever reads it.

    Attributes:
        id: the response's id.
        rate: events a second; None for as fast as they are read.
        streamed: whether its request asked for a stream; only those can be joined.
        joins: settings of the joins to come.
        forgotten: whether it is to be found no more.

    Args:
        pieces: what makes its events; a number is a time to wait, in seconds.
        queued: seconds before it begins to work.
    """

    def __init__(
        self,
        id: str,
        pieces: Iterable[bytes | float],
        rate: float | None,
        *,
        streamed: bool,
        queued: float = 0.0,
        joins: Iterable[Mapping[str, Any]] = (),
        forgotten: bool = False,
    ) -> None:
        self.id = id
        self.rate = rate
        self.streamed = streamed
        self.joins = iter(list(joins))
        self.forgotten = forgotten
        self._source = _events(pieces)
        self._events: list[bytes] = []
        self._starts = time.monotonic() + queued
        self._ended = False

    def read(self, after: int = -1) -> Iterator[bytes | float]:
        """The events behind number ``after``, as they come; a number is a time to wait."""
        place = max(after + 1, 0)
        while True:
            while place < len(self._events):
                yield self._events[place]
                place += 1
            if self._ended:
                return
            waits = self._make(time.monotonic())
            if waits:
                yield waits

    def catch_up(self, now: float, least: int = 1) -> None:
        """Make the events whose time has come; without a rate all, else at least ``least``."""
        if now < self._starts:
            return
        due = (
            float("inf")
            if self.rate in (None, float("inf"))
            else (now - self._starts) * (self.rate or 1)
        )
        while not self._ended and len(self._events) < max(due, least):
            self._make(now)

    def cancel(self) -> None:
        """End it now, if it has not ended."""
        if not self._ended:
            told = {**self.response(), "status": "cancelled"}
            number = len(self._events)
            event = {"type": "response.cancelled", "sequence_number": number, "response": told}
            self._events.append(sse("response.cancelled", event))
            self._ended = True

    def response(self) -> dict[str, Any]:
        """The response object as it stands."""
        if not self._events:
            self._make(self._starts)
        told: dict[str, Any] = _decoded(self._events[0])["response"]
        items: dict[int, Any] = {}
        for event in map(_decoded, self._events[1:]):
            if event["type"] in ENDS:
                return dict(event["response"])
            if event["type"] == "response.in_progress":
                told = event["response"]
            if event["type"] == "response.output_item.done":
                items[event["output_index"]] = event["item"]
        return {**told, "output": list(items.values())}

    def _make(self, now: float) -> float:
        """Make the next event, or tell the seconds to wait before it."""
        if len(self._events) == 2 and now < self._starts:  # created and queued
            return self._starts - now
        made = next(self._source, None)
        if made is None:
            self._ended = True
        elif isinstance(made, bytes):
            self._events.append(made)
        else:
            return made
        return 0.0


def _events(pieces: Iterable[bytes | float]) -> Iterator[bytes | float]:
    """Each event by itself, whatever the pieces hold."""
    for piece in pieces:
        if not isinstance(piece, bytes):
            yield piece
            continue
        for event in piece.split(b"\n\n"):
            if event:
                yield event + b"\n\n"


def _decoded(event: bytes) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(event.partition(b"\ndata: ")[2])
    return decoded
