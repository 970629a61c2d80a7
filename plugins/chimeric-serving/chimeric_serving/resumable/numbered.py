"""Server-sent events with ids, whatever protocol they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chimeric import CompletionResponse, StreamChunk
from chimeric_serving.encoders import Encoder

from .reader import StreamReader

__all__ = ["NumberedEncoder"]

SSE: Final = "text/event-stream"

RETRY: Final = b"retry: 1000\n\n"
"""Browsers connect again after a second; three to five of their own are long in an answer."""


class NumberedEncoder:
    """An encoder around another one: ``id:`` tells the offset of each event, and what a client has
    already is encoded (the encoder may need it) but not sent.

    The offset is the chunk's in the stream, the same in every protocol. An encoder may write
    several events for a chunk: the last of them has the id, so that a client which was cut off
    between them gets all of them again, and none is lost.
    """

    def __init__(self, encoder: Encoder, reader: StreamReader, after: int) -> None:
        self._encoder = encoder
        self._reader = reader
        self._after = after
        self._sse = encoder.media_type.startswith(SSE)

    @property
    def media_type(self) -> str:
        """The encoder's."""
        return self._encoder.media_type

    @property
    def headers(self) -> Mapping[str, str]:
        """The encoder's, and the stream's id."""
        return {**self._encoder.headers, "x-stream-id": self._reader.id}

    @property
    def ping(self) -> bytes:
        """The encoder's."""
        return self._encoder.ping

    def start(self) -> Iterable[bytes]:
        """What comes before the first chunk; not for a client that had it."""
        events = [*self._encoder.start()]
        if self._after:
            events = []
        return [RETRY, *events] if self._sse else events

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The events of a chunk."""
        return self._numbered(self._encoder.encode(chunk))

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The events of a good end."""
        return self._numbered(self._encoder.finish(response))

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The events of a bad one."""
        events = [*self._encoder.fail(error)]
        return self._numbered(events) if self._reader.offset > self._after else events

    def _numbered(self, events: Iterable[bytes]) -> Iterable[bytes]:
        told = [*events]
        if self._reader.offset <= self._after:
            return ()
        if self._sse and told:
            told[-1] = b"id: %d\n%b" % (self._reader.offset, told[-1])
        return told
