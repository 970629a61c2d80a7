"""What turns a stream's chunks into the bytes of a protocol, and what drives it.

An encoder knows one protocol and no framework: it is given chunks, and gives bytes. ``encode``
drives one over a stream; the responses of this package do the same and send what comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable, Mapping
from typing import Any, Protocol, overload

from chimeric import CompletionResponse, StreamChunk, StreamInterruptedError

from .events import told_of

__all__ = ["Encoder", "Progress", "encode"]


class Encoder(Protocol):
    """Writes one stream in one protocol. Each one serves one stream.

    Every item that a method gives is one whole event of the protocol, in the order in which it is
    to be sent: events may be stored, and sent again. What an encoder made up (ids) is in them.

    Attributes:
        media_type: the content type of the response.
        headers: headers that the protocol asks for.
        ping: what may be sent between two events while all is silent; empty where the protocol
            has nothing for it.
    """

    @property
    def media_type(self) -> str: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def ping(self) -> bytes: ...

    def start(self) -> Iterable[bytes]:
        """What comes before the first chunk."""
        ...

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The events of one chunk."""
        ...

    def finish(self, response: CompletionResponse[Any] | None) -> Iterable[bytes]:
        """The events of a good end. Without a response there is only what the chunks told."""
        ...

    def fail(self, error: BaseException) -> Iterable[bytes]:
        """The events of a bad one; never those of a good one. They hold no secret."""
        ...


@overload
def encode(stream: Iterable[StreamChunk], encoder: Encoder) -> Generator[bytes, None, None]: ...


@overload
def encode(stream: AsyncIterable[StreamChunk], encoder: Encoder) -> AsyncGenerator[bytes, None]: ...


def encode(
    stream: Iterable[StreamChunk] | AsyncIterable[StreamChunk], encoder: Encoder
) -> Generator[bytes, None, None] | AsyncGenerator[bytes, None]:
    """A stream as the events of a protocol, for any framework that sends an iterator of bytes.

    The stream is closed when the iterator ends, is closed or is left. A failure is the protocol's
    error event, after which the iterator ends; a fault of the application (see ``error_event``) is
    raised behind that event, for its log.

    Args:
        stream: a ``Stream``, an ``AsyncStream``, or any iterable of chunks. One that ends without
            a finish reason was cut off, and has no good end.
        encoder: a new encoder.

    Returns:
        An iterator of bytes; for an ``AsyncStream`` or another asynchronous iterable an
        asynchronous one.

    Example:
        .. code-block:: python

            for event in encode(client.generate("gpt-4o", "Hello", stream=True), SSEEncoder()):
                connection.send(event)
    """
    if isinstance(stream, AsyncIterable):
        return _asynchronous(stream, encoder)
    return _synchronous(stream, encoder)


def _synchronous(stream: Iterable[StreamChunk], encoder: Encoder) -> Generator[bytes, None, None]:
    progress = Progress(stream, encoder)
    try:
        yield from encoder.start()
        try:
            for chunk in stream:
                yield from progress.encode(chunk)
            last = progress.end()
        except Exception as error:
            yield from encoder.fail(error)
            if told_of(error) is None:
                raise
        else:
            yield from last
    finally:
        close = getattr(stream, "close", None)
        if close is not None:
            close()


async def _asynchronous(
    stream: AsyncIterable[StreamChunk], encoder: Encoder
) -> AsyncGenerator[bytes, None]:
    progress = Progress(stream, encoder)
    try:
        for event in encoder.start():
            yield event
        try:
            async for chunk in stream:
                for event in progress.encode(chunk):
                    yield event
            last = progress.end()
        except Exception as error:
            for event in encoder.fail(error):
                yield event
            if told_of(error) is None:
                raise
        else:
            for event in last:
                yield event
    finally:
        aclose = getattr(stream, "aclose", None)
        if aclose is not None:
            await aclose()


class Progress:
    """An encoder at work, and whether what it was given is a whole answer."""

    def __init__(self, stream: object, encoder: Encoder) -> None:
        self._stream = stream
        self._encoder = encoder
        self._finished = False

    def encode(self, chunk: StreamChunk) -> Iterable[bytes]:
        """The events of a chunk."""
        if chunk.finish_reason is not None:
            self._finished = True
        elif chunk.block is not None:
            self._finished = False  # another turn
        return self._encoder.encode(chunk)

    def end(self) -> Iterable[bytes]:
        """The last events of a stream that ended without an error.

        A stream that somebody closed, and chunks that stop before a finish reason, are cut off.
        """
        response: CompletionResponse[Any] | None = getattr(self._stream, "response", None)
        whole = self._finished if response is None else response.finish_reason is not None
        if whole:
            return self._encoder.finish(response)
        return self._encoder.fail(StreamInterruptedError("the stream ended before its answer did"))
