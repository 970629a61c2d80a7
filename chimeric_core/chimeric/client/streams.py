"""The caller's stream: an iterator that owns its connection."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from typing import Any, Generic, NoReturn, TypeVar, cast, overload

from chimeric.errors import ChimericError
from chimeric.exchange.call import Call
from chimeric.exchange.effects import OPENED
from chimeric.transport.driver import concurrent_use
from chimeric.transport.sync_driver import SyncDriver
from chimeric.values.chunks import StreamChunk
from chimeric.values.responses import CompletionResponse

__all__ = ["Stream"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Base:
    """What both streams share: the call and its accumulated response."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def response(self) -> CompletionResponse:
        """What has arrived so far; the whole answer at the end."""
        return self._call.response()

    def _native_of(self, chunk: StreamChunk) -> Any:
        """The wire event's own struct, or None for a chunk that no event brought."""
        try:
            return chunk.native
        except ChimericError as error:
            error.partial = self.response
            raise

    def __repr__(self) -> str:
        from .reading.shown import stream_line

        return stream_line(type(self).__name__, self._call)

    def _repr_markdown_(self) -> str:
        return self.response._repr_markdown_()

    def _repr_html_(self) -> str:
        return self.response._repr_html_()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a stream cannot be pickled or copied: it owns a connection")


class Stream(_Base, Generic[T_co]):
    """A running answer. Iterate it, once; ``with`` or ``close()`` give it up early.

    Leaving a ``for`` loop early closes the stream: the connection is not kept open by a forgotten
    variable. To take a few chunks and go on later, use ``next(stream)``.

    Example:
        .. code-block:: python

            with client.generate("gpt-4o", "Hello", stream=True) as stream:
                for chunk in stream:
                    print(chunk.delta or "", end="")
            print(stream.response.usage)
    """

    def __init__(self, call: Call, driver: SyncDriver) -> None:
        super().__init__(call)
        self._driver = driver
        self._source = cast("Generator[StreamChunk, None, None]", driver.run())
        first = next(cast("Iterator[Any]", self._source), None)
        assert first is OPENED or first is None
        if call.request.native:
            self._source = self._natives(self._source)

    def __iter__(self) -> Iterator[T_co]:
        """Iterate; leaving the loop closes the stream."""
        return cast("Iterator[T_co]", _closing(self))

    def __next__(self) -> T_co:
        """The next chunk."""
        try:
            return cast("T_co", next(self._source))
        except ValueError as error:
            raise _concurrent(error) from None

    def close(self) -> None:
        """Give the answer up and close the connection. Idempotent, from any thread."""
        self._driver.leaving = True
        try:
            self._source.close()
        except ValueError:
            self._driver.abort()  # another thread is reading: end its read

    def until_content(self) -> bool:
        """Wait for the first content; all that comes, it too, is kept for whoever reads the stream.

        Returns:
            False for an answer that has ended, and has none.

        Raises:
            ChimericError: as reading it does.

        Example:
            .. code-block:: python

                stream = client.generate("gpt-4o", "Hello", stream=True)
                if stream.until_content():  # a good moment to answer 200
                    return StreamingResponse(chunk.delta or "" for chunk in stream)
        """
        from .reading.ahead import read_ahead  # few wait without reading

        return read_ahead(self)

    def collect(self) -> CompletionResponse:
        """Read the rest and return the whole answer."""
        for _ in self:
            pass
        return self.response

    def text(self, between: str = "") -> Iterator[str]:
        """Iterate the text alone; leaving the iteration closes the stream.

        Args:
            between: what to give out between two blocks of text, such as a blank line. Each turn
                of the tool loop begins a new block.

        Raises:
            TypeError: with ``native=True``.
            StreamError: out of the iteration, when another model begins the answer anew.

        Example:
            .. code-block:: python

                for text in client.generate("gpt-4o", "Hello", stream=True).text():
                    print(text, end="", flush=True)
        """
        from .reading.pieces import pieces, text_of  # most read chunks

        return pieces(cast("Stream[StreamChunk]", self), text_of(self._call, between))

    @overload
    def items(self, path: str = "") -> Iterator[Any]: ...

    @overload
    def items(self, path: str = "", *, type: type[T]) -> Iterator[T]: ...

    def items(self, path: str = "", *, type: type[Any] | None = None) -> Iterator[Any]:
        """Iterate the elements of a list in structured output, each as soon as it is complete.

        Leaving the iteration closes the stream.

        Args:
            path: keys that lead to the list, with dots in between (``"recipes"``,
                ``"data.items"``). Without it, the answer itself where it is a list, else the only
                list of its object, or ``items``.
            type: what to make of each element; without it they are plain data.

        Raises:
            TypeError: with ``native=True``.
            ConfigurationError: when the call has no ``response_format``, or several lists.
            StructuredOutputError: out of the iteration, for an answer that does not fit.
            StreamError: out of the iteration, when another model begins the answer anew.

        Example:
            .. code-block:: python

                stream = client.generate("gpt-4o", "Ten", stream=True, response_format=Recipes)
                for recipe in stream.items("recipes", type=Recipe):
                    print(recipe.name)
        """
        from .reading.pieces import items_of, pieces

        return pieces(cast("Stream[StreamChunk]", self), items_of(self._call, path, type))

    def _natives(self, source: Generator[StreamChunk, None, None]) -> Generator[Any, None, None]:
        """The native struct of each wire event."""
        with contextlib.closing(source):
            for chunk in source:
                native = self._native_of(chunk)
                if native is not None:
                    yield native

    def __enter__(self) -> Stream[T_co]:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def _closing(stream: Stream[Any]) -> Generator[Any, None, None]:
    """The stream's items; closes it when the loop over it is left."""
    foreign = False
    stream._driver.leaving = True  # that the generator is closed means, from now on, a break
    try:
        yield from stream._source
    except ValueError as error:
        fault = _concurrent(error)
        foreign = fault is not error
        raise fault from None
    finally:
        if not foreign:
            stream.close()  # another reader's stream stays open


def _concurrent(error: ValueError) -> Exception:
    return concurrent_use() if "already executing" in str(error) else error
