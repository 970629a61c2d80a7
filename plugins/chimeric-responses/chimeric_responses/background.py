"""A response that runs in the background: its stream may be cut, and joined again.

With ``background=True`` (and ``store``, which it needs) the server goes on without its reader and
keeps the events for some minutes. They are numbered, and ``GET /responses/{id}?stream=true&
starting_after=N`` gives those behind number N. Source: ``openai`` 3.57.0, ``Responses.retrieve``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import msgspec

from chimeric import Delta, Event, HTTPRequest, ProtocolError, Request, ToolCallDelta, quote_segment

__all__ = ["Numbered", "followed", "in_background", "rejoin"]

Parsed: TypeAlias = "Delta | ToolCallDelta | str | Sequence[Delta] | None"


class _Response(msgspec.Struct):
    id: str | None = None


class _Head(msgspec.Struct):
    """What tells an event's place."""

    type: str | None = None
    sequence_number: int | None = None
    response: _Response | None = None


_head = msgspec.json.Decoder(_Head).decode


def in_background(request: Request | None) -> bool:
    """Whether a request asks for a stream that can be joined again.

    Example:
        >>> in_background(Request(model="m", messages=(), stream=True, extra={"background": True}))
        True
    """
    if request is None or not request.stream:
        return False
    return bool(request.extra_body.get("background", request.extra.get("background")))


def followed(state: Any) -> Numbered:
    """Have a parser's state read numbered events: this one alone, so that no other pays for it."""
    numbered = Numbered(state.parse)
    state.parse = numbered.parse
    return numbered


class Numbered:
    """Reads numbered events, each once and in their order, over all joins of a stream.

    Attributes:
        id: the response's id, once it was told.
        last: number of the last event that was read.
    """

    def __init__(self, parse: Callable[[Event], Parsed]) -> None:
        self._parse = parse
        self.id: str | None = None
        self.last: int | None = None
        self._countable = True
        self._joined = False
        self._ended = False

    def parse(self, event: Event) -> Parsed:
        """What an event adds; None for one that was read before the stream was cut.

        Raises:
            ProtocolError: when events before it are missing.
        """
        try:
            head = _head(event.data)
        except msgspec.DecodeError:
            return self._read(event)
        number = head.sequence_number
        if number is None:
            if str(head.type).startswith("response."):
                self._uncounted(event)
            return self._read(event)
        if self.last is not None and number != self.last + 1:
            if number > self.last:
                raise _lost(event, f"number {number} came after number {self.last}")
            if self._joined:
                return None
            self._countable = False
        told = self._read(event)
        if head.response is not None and head.response.id:
            self.id = head.response.id
        self.last = number  # now: an event that cannot be read is read again, mended
        return told

    def joins(self) -> tuple[str, int] | None:
        """What the stream is joined again with, id and number; None where that is not sound."""
        if self.id is None or self.last is None or self._ended or not self._countable:
            return None
        self._joined = True
        return self.id, self.last

    def _uncounted(self, event: Event) -> None:
        """An event of the answer without a number: none can be told from others, then."""
        if self._joined:
            raise _lost(event, "an event without a number came after the stream was joined again")
        self._countable = False

    def _read(self, event: Event) -> Parsed:
        told = self._parse(event)
        if told is not None and not isinstance(told, (str, ToolCallDelta)):
            deltas = (told,) if isinstance(told, Delta) else told
            self._ended = self._ended or any(d.done or d.error is not None for d in deltas)
        return told


def _lost(event: Event, what: str) -> ProtocolError:
    return ProtocolError(f"events of the response are missing: {what}", raw=event.data)


def rejoin(state: Any, url: str, include: Sequence[str] = ()) -> HTTPRequest | None:
    """The request for the rest of a stream; None for a response that cannot be joined again.

    Args:
        state: a ``ResponsesState``, or that of another protocol.
        url: where responses are made; it may have a query.
        include: what the request asked for besides.
    """
    numbered = getattr(state, "numbered", None)
    place = numbered.joins() if isinstance(numbered, Numbered) else None
    if place is None:
        return None
    base, _, query = url.partition("?")
    asked = ["stream=true", f"starting_after={place[1]}", *([query] if query else [])]
    asked += [f"include%5B%5D={quote(name)}" for name in include]
    return HTTPRequest(
        method="GET",
        url=f"{base}/{quote_segment(place[0])}?{'&'.join(asked)}",
        headers={"accept": "text/event-stream"},
    )
