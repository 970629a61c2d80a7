"""Answers whose events pass as they came, and which answering a call gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from chimeric import CompletionResponse, Event, StreamChunk
from chimeric_gateway.asked import Asked, ProtocolName
from chimeric_gateway.protocol import Answering, ClientProtocol
from chimeric_gateway.refusal import Refusal

from .rules import ChatRules, DoubtError, MessagesRules, ResponsesRules, Rules
from .rules.frames import readable
from .wire import Wire

__all__ = ["Passing", "answering_of"]

RULES: Final[Mapping[ProtocolName, Callable[[Asked, Wire], Rules]]] = {
    "chat_completions": ChatRules,
    "messages": MessagesRules,
    "responses": ResponsesRules,
}

TORN: Final = Refusal(502, "the upstream's answer cannot be told to its end", code="upstream_error")


def answering_of(protocol: ClientProtocol, asked: Asked, upstream: str, wire: Wire) -> Answering:
    """What words an answer.

    Args:
        protocol: the client's.
        asked: what it asked for.
        upstream: the protocol of the provider, or ``""``.
        wire: takes what comes from it; give it to the call.
    """
    if upstream != asked.protocol:
        return protocol.answering(asked, upstream)
    wire.wanted = asked.protocol
    translated = protocol.answering(asked, "")
    return Passing(translated, RULES[asked.protocol](asked, wire), wire)


class Passing:
    """Passes events of a stream, each as soon as the core has judged it.

    The first chunk decides: where middleware has changed it, where it came from no upstream of this
    protocol, or where what stands before it is not quite the protocol, the whole answer is
    translated.

    Args:
        translated: words the answer where it does not pass.
        rules: those of the protocol.
        wire: what comes of the upstream.
    """

    def __init__(self, translated: Answering, rules: Rules, wire: Wire) -> None:
        self._translated = translated
        self._rules = rules
        self._wire = wire
        self._opens = 0
        self._passes: bool | None = None
        self._apart = False  # whether the last event was told by its chunks
        self._owed = b""  # frames that were made before one that cannot be told
        self._said = StreamChunk()

    @property
    def headers(self) -> Mapping[str, str]:
        return self._translated.headers

    def chunk(self, chunk: StreamChunk, /) -> bytes:
        if self._passes:
            return self._next(chunk)
        if self._passes is None:
            try:
                frames = self._first(chunk)
            except DoubtError:
                frames = None
            self._passes = frames is not None
            if frames is not None:
                return frames
            self._wire.close()
        return self._translated.chunk(chunk)

    def _first(self, chunk: StreamChunk) -> bytes | None:
        """The frames up to the first chunk; None where the answer is to be translated."""
        wire = self._wire
        self._opens = wire.opens
        if not (wire.streams and wire.unchanged(chunk)):
            return None
        events = wire.upto(chunk.raw)
        if not events:
            return None
        self._said = chunk
        own = events.pop()
        told = [self._rules.event(self._masked(event), None) for event in events]
        return b"".join((*told, self._rules.event(self._masked(own), chunk)))

    def _next(self, chunk: StreamChunk) -> bytes:
        wire = self._wire
        if wire.opens != self._opens:
            raise TORN
        unchanged = wire.unchanged(chunk)
        events = wire.upto(chunk.raw)
        self._said = chunk
        if not events:
            if unchanged and events is not None and not self._apart:
                return b""  # its event has passed
            return self._changed(None, chunk)
        frames = b""
        if len(events) > 1:
            self._owed = frames = b"".join(map(self._silent, events[:-1]))
        event = self._masked(events[-1])
        self._apart = not unchanged
        if unchanged:
            try:
                own = self._rules.event(event, chunk)
            except DoubtError:
                self._apart = True
                own = self._changed(event, chunk)
        else:
            own = self._changed(event, chunk)
        self._owed = b""
        return frames + own

    def _silent(self, event: Event) -> bytes:
        """An event that no chunk was given out for."""
        if self._wire.withheld(event.data):
            return b""
        try:
            return self._rules.event(self._masked(event), None)
        except DoubtError:
            return b""

    def _changed(self, event: Event | None, chunk: StreamChunk) -> bytes:
        try:
            return self._rules.changed(event, chunk)
        except DoubtError:
            raise TORN from None

    def _masked(self, event: Event) -> Event:
        data = self._wire.masked(readable(event.data), self._said)
        return event if data is event.data else Event(data, event.name)

    def end(self, response: CompletionResponse[Any]) -> bytes:
        if not self._passes:
            return self._translated.end(response)
        self._owed = frames = b"".join(map(self._silent, self._wire.rest()))
        try:
            return frames + self._rules.end(response)
        except DoubtError:
            raise TORN from None

    def fail(self, refusal: Refusal) -> bytes:
        told = self._rules.fail(refusal) if self._passes else None
        return self._translated.fail(refusal) if told is None else self._owed + told

    def whole(self, response: CompletionResponse[Any]) -> bytes:
        body = self._wire.whole(response)
        if body is not None:
            try:
                data = msgspec.json.encode(self._rules.whole(body, response))
            except DoubtError:
                pass
            else:
                return self._wire.masked(data, response)
        return self._translated.whole(response)
