"""The caller's streams: iterators that own their connection."""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from chimeric.errors import ChimericError
from chimeric.exchange.call import Call
from chimeric.exchange.effects import OPENED
from chimeric.transport.sync_driver import SyncDriver, concurrent_use
from chimeric.values.chunks import StreamChunk
from chimeric.values.responses import CompletionResponse

if TYPE_CHECKING:
    from chimeric.transport.async_driver import AsyncDriver

__all__ = ["AsyncStream", "Stream"]

T_co = TypeVar("T_co", covariant=True)


class _Base:
    """What both streams share: the call and its accumulated response."""

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def response(self) -> CompletionResponse:
        """What has arrived so far; the whole answer at the end."""
        return self._call.answer.response()

    def _native_of(self, chunk: StreamChunk) -> Any:
        """The wire event's own struct, or None for a chunk that no event brought."""
        try:
            return chunk.native
        except ChimericError as error:
            error.partial = self.response
            raise

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

    def collect(self) -> CompletionResponse:
        """Read the rest and return the whole answer."""
        for _ in self:
            pass
        return self.response

    def _natives(self, source: Generator[StreamChunk, None, None]) -> Generator[Any, None, None]:
        """The native struct of each wire event."""
        with contextlib.closing(source):
            for chunk in source:
                native = self._native_of(chunk)
                if native is not None:
                    yield native

    def __enter__(self) -> Stream[T_co]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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


class AsyncStream(_Base, Generic[T_co]):
    """A running answer, asynchronous; on asyncio and trio.

    Leaving an ``async for`` loop early closes the stream. To take a few chunks and go on later,
    use ``anext(stream)``.

    Example:
        .. code-block:: python

            async with await client.agenerate("gpt-4o", "Hello", stream=True) as stream:
                async for chunk in stream:
                    print(chunk.delta or "", end="")
    """

    def __init__(self, call: Call, driver: AsyncDriver) -> None:
        super().__init__(call)
        self._driver = driver
        self._step: Callable[[], Any] = driver.step
        self._alone: weakref.ref[_AsyncIteration] | None = None
        self._shared = False
        lost = weakref.WeakMethod(self._lost)
        driver.on_lost = lambda: (told := lost()) and told()
        if call.request.native:
            self._step = self._native_step
            self._shared = True

    def __aiter__(self) -> AsyncIterator[T_co]:
        """Iterate; leaving the loop closes the stream."""
        if self._shared or self._alone is not None:
            self._share()
            return cast("AsyncIterator[T_co]", _AsyncIteration(self, self._step))
        iteration = _AsyncIteration(self, self._driver.items.__anext__)
        self._alone = weakref.ref(iteration)
        return cast("AsyncIterator[T_co]", iteration)

    async def __anext__(self) -> T_co:
        """The next chunk."""
        self._share()
        return cast("T_co", await self._step())

    def _share(self) -> None:
        """There is more than one reader: from now on each step looks for the others."""
        self._shared = True
        alone = self._alone and self._alone()
        if alone:
            alone.__anext__ = self._step

    def _lost(self) -> None:
        """The loop has ended, and the answer has not: from now on each step says so."""
        self._step = self._lost_step
        self._share()

    async def _lost_step(self) -> NoReturn:
        context = self._call.context
        from chimeric.transport.async_driver import lost_loop

        error = lost_loop()
        error.provider, error.model = context.provider, context.request.model
        error.request_id, error.partial = context.request_id, self.response
        raise error

    async def aclose(self) -> None:
        """Give the answer up and close the connection. Idempotent."""
        await self._driver.aclose()

    async def collect(self) -> CompletionResponse:
        """Read the rest and return the whole answer."""
        async for _ in self:
            pass
        return self.response

    async def _native_step(self) -> Any:
        while True:
            chunk: Any = await self._driver.step()
            try:
                native = self._native_of(chunk)
            except ChimericError:
                await self._driver.aclose()
                raise
            if native is not None:
                return native

    async def __aenter__(self) -> AsyncStream[T_co]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        driver = getattr(self, "_driver", None)
        if driver is not None and not driver.closed and not sys.is_finalizing():
            driver.abandon()


class _AsyncIteration:
    """One ``async for`` over a stream; closes it when the loop is left.

    Its ``__anext__`` is whichever function it is given, with no call of ours in between.
    """

    __slots__ = ("__anext__", "__weakref__", "_stream")

    def __init__(self, stream: AsyncStream[Any], step: Callable[[], Any]) -> None:
        self._stream = stream
        self.__anext__ = step

    def __aiter__(self) -> _AsyncIteration:
        return self

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self._stream._driver.reader_left()
