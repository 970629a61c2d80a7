"""An interaction in the background: its stream may be cut, and joined again.

``GET /interactions/{id}?stream=true&last_event_id=ID`` gives the events behind one. Source:
``google-genai`` 3.6.1, ``interactions.get``.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from chimeric import Delta, Event, HTTPRequest, quote_segment

from .answer import Answer

__all__ = ["Followed", "rejoin"]


class _Interaction(msgspec.Struct):
    id: str | None = None


class _Head(msgspec.Struct):
    """What tells an event's place."""

    event_id: str | None = None
    interaction: _Interaction | None = None


_head = msgspec.json.Decoder(_Head).decode


class Followed(Answer):
    """Notes the ids of its events, each of which counts once."""

    __slots__ = ("_ended", "_id", "_joined", "_last", "_read_before")

    def __init__(self) -> None:
        super().__init__()
        self._id: str | None = None
        self._last: str | None = None
        self._read_before: set[str] = set()
        self._joined = False
        self._ended = False

    def parse(self, event: Event) -> Delta | list[Delta] | str | None:
        """What an event adds; None for one that was read before the stream was cut."""
        try:
            head = _head(event.data)
        except msgspec.DecodeError:
            head = _Head()
        if self._joined and head.event_id in self._read_before:
            return None
        told = super().parse(event)
        if head.interaction is not None and head.interaction.id:
            self._id = head.interaction.id
        self._last = head.event_id  # an event without one is at no place that could be named
        if head.event_id:
            self._read_before.add(head.event_id)
        if told is not None and not isinstance(told, str):
            deltas = [told] if isinstance(told, Delta) else told
            self._ended = self._ended or any(d.done or d.error is not None for d in deltas)
        return told

    def place(self) -> tuple[str, str] | None:
        """What the stream is joined again with; None where that is not sound."""
        if not self._id or not self._last or self._ended:
            return None
        self._joined = True
        return self._id, self._last


def rejoin(state: Any, url: str, headers: dict[str, str]) -> HTTPRequest | None:
    """The request for the rest of a stream; None for one that cannot be joined again."""
    place = state.place() if isinstance(state, Followed) else None
    if place is None:
        return None
    url = f"{url}/{quote_segment(place[0])}?stream=true&last_event_id={quote(place[1], safe='')}"
    return HTTPRequest(method="GET", url=url, headers=headers)
