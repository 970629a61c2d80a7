"""The caller's asynchronous stream."""

from __future__ import annotations

import sys
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, NoReturn, TypeVar, cast, overload

from chimeric.errors import ChimericError
from chimeric.exchange.call import Call
from chimeric.transport.async_driver import AsyncDriver, lost_loop
from chimeric.values.chunks import StreamChunk
from chimeric.values.responses import CompletionResponse

from .streams import _Base

__all__ = ["AsyncStream"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


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
        error = lost_loop()
        error.provider, error.model = context.provider, context.request.model
        error.request_id, error.partial = context.request_id, self.response
        raise error

    async def aclose(self) -> None:
        """Give the answer up and close the connection. Idempotent."""
        await self._driver.aclose()

    async def until_content(self) -> bool:
        """The same as ``Stream.until_content``, to be awaited.

        Example:
            .. code-block:: python

                stream = await client.agenerate("gpt-4o", "Hello", stream=True)
                await stream.until_content()
        """
        from .reading.ahead import aread_ahead

        return await aread_ahead(self)

    async def collect(self) -> CompletionResponse:
        """Read the rest and return the whole answer."""
        async for _ in self:
            pass
        return self.response

    def text(self, between: str = "") -> AsyncIterator[str]:
        """The same as ``Stream.text``, for ``async for``.

        Example:
            .. code-block:: python

                stream = await client.agenerate("gpt-4o", "Hello", stream=True)
                async for text in stream.text():
                    print(text, end="", flush=True)
        """
        from .reading.pieces import AsyncPieces, text_of  # most read chunks

        return AsyncPieces(cast("AsyncStream[StreamChunk]", self), text_of(self._call, between))

    @overload
    def items(self, path: str = "") -> AsyncIterator[Any]: ...

    @overload
    def items(self, path: str = "", *, type: type[T]) -> AsyncIterator[T]: ...

    def items(self, path: str = "", *, type: type[Any] | None = None) -> AsyncIterator[Any]:
        """The same as ``Stream.items``, for ``async for``.

        Example:
            .. code-block:: python

                ask = client.agenerate("gpt-4o", "Ten", stream=True, response_format=Recipes)
                async for recipe in (await ask).items("recipes", type=Recipe):
                    print(recipe.name)
        """
        from .reading.pieces import AsyncPieces, items_of

        reader = items_of(self._call, path, type)
        return AsyncPieces(cast("AsyncStream[StreamChunk]", self), reader)

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

    async def __aexit__(self, *raised: object) -> None:
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
