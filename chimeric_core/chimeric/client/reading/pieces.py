"""A stream read as something else: what a reader makes of its chunks, one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from chimeric.errors import StreamError
from chimeric.values.chunks import StreamChunk

if TYPE_CHECKING:
    from chimeric.client.async_streams import AsyncStream
    from chimeric.client.streams import Stream
    from chimeric.exchange.call import Call

__all__ = ["AsyncPieces", "Reader", "items_of", "pieces", "text_of"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Reader(Protocol[T_co]):
    """Makes pieces of chunks."""

    def take(self, chunk: StreamChunk) -> Iterable[T_co]:
        """What a chunk completes.

        Raises:
            StreamError: when the stream cannot be read so.
        """
        ...

    def end(self) -> None:
        """The stream has ended well.

        Raises:
            StreamError: when something is missing.
        """
        ...


def text_of(call: Call, between: str) -> Reader[str]:
    """What reads the text of a call.

    Raises:
        TypeError: with ``native=True``.
    """
    from .texts import TextReader

    _check_form(call, "text()")
    return TextReader(between)


def items_of(call: Call, path: str, kind: type[Any] | None) -> Reader[Any]:
    """What reads the elements of a list.

    Raises:
        TypeError: with ``native=True``.
        ConfigurationError: when there is no such list to expect.
    """
    from .items import ItemReader

    _check_form(call, "items()")
    return ItemReader(call, path, kind)


def _check_form(call: Call, method: str) -> None:
    if call.request.native:
        raise TypeError(f"{method} reads chunks, and native=True asks for the provider's events")


def pieces(stream: Stream[StreamChunk], reader: Reader[T]) -> Generator[T, None, None]:
    """The pieces of a stream; it is closed when the iteration is left."""
    # Closed here: a traceback may keep this frame, and with it the connection.
    with contextlib.closing(cast("Generator[StreamChunk, None, None]", iter(stream))) as chunks:
        for chunk in chunks:
            yield from _taken(reader, chunk, stream._call)
    yield from _taken(reader, None, stream._call)


class AsyncPieces(Generic[T]):
    """The pieces of an asynchronous stream, which is closed when the iteration is left."""

    def __init__(self, stream: AsyncStream[StreamChunk], reader: Reader[T]) -> None:
        self._stream = stream
        self._reader = reader
        self._ready: Iterator[T] = iter(())
        self._ended = False
        # It closes the stream when it is dropped, and this is all that holds it.
        self._chunks = stream.__aiter__()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            try:
                for piece in self._ready:
                    return piece
            except StreamError:
                await self._stream.aclose()
                raise
            if self._ended:
                raise StopAsyncIteration
            chunk = await anext(self._chunks, None)
            self._ended = chunk is None
            self._ready = _taken(self._reader, chunk, self._stream._call)

    async def aclose(self) -> None:
        """Give the answer up and close the connection. Idempotent."""
        self._ready = iter(())
        await self._stream.aclose()


def _taken(reader: Reader[T], chunk: StreamChunk | None, call: Call) -> Iterator[T]:
    """The pieces of a chunk, or of the end of the stream."""
    try:
        if chunk is None:
            reader.end()
        elif chunk._more is not None and "restarted" in chunk.metadata:
            raise StreamError(
                "the answer was restarted: what you have read belongs to one that will not be "
                f"completed ({chunk.metadata.get('reason')}); read chunks to follow the new one"
            )
        else:
            yield from reader.take(chunk)
    except StreamError as error:
        context = call.context
        error.provider, error.endpoint = context.provider, context.endpoint or None
        error.model, error.request_id = context.request.model, context.request_id
        error.partial = call.response()
        raise
