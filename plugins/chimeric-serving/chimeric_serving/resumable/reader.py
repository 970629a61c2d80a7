"""One who reads a stream of the hub, from an offset on."""

from __future__ import annotations

import copy
from typing import Any, NoReturn

import anyio

from chimeric import ChimericError, CompletionResponse, StreamChunk

from .errors import StoreError, StreamLostError, StreamNotFoundError
from .events import value_of
from .store import Store
from .tail import EXPIRED, PAGE, PAUSE, Tail

__all__ = ["StreamReader"]


class StreamReader:
    """The chunks of a stream, whoever makes it, for one ``async for``. What ``StreamHub.join``
    gives; a response of this package sends it as it sends a stream.

    However slow it is, it holds up nobody and holds nothing but its place: what it has not read is
    in the store.

    Attributes:
        id: the stream's.
        offset: of the last chunk that was read (or of the end), where another reader can go on.
        response: after a good end what the hub keeps of it: ``finish_reason``, ``usage``,
            ``model``, ``metadata``, ``pending``, ``parsed``, ``timing``. None before.

    Raises:
        ChimericError: the stream's own, where it ended badly.

    Example:
        .. code-block:: python

            async with await hub.join(id, after=12) as reader:
                async for chunk in reader:
                    print(reader.offset, chunk.delta)
    """

    _open = False

    def __init__(self, store: Store, tail: Tail, id: str, after: int, lease: float) -> None:
        self.id = id
        self.offset = after
        self.response: CompletionResponse[Any] | None = None
        self._store = store
        self._tail = tail
        self._lease = lease
        self._open = True
        tail.readers += 1
        self._page: list[Any] = []
        self._place = 0
        self._ended: ChimericError | bool = False

    def __aiter__(self) -> StreamReader:
        return self

    async def __anext__(self) -> StreamChunk:
        """The next chunk."""
        if self._ended or not self._open:
            raise self._end()
        while self._place >= len(self._page):
            self._page, self._place = await self._more(), 0
        value = self._page[self._place]
        self._place += 1
        self.offset += 1
        if isinstance(value, StreamChunk):
            return value
        self._close()
        if isinstance(value, ChimericError):
            self._ended = value
        else:
            self._ended, self.response = True, value
        raise self._end()

    def _end(self) -> Exception:
        if isinstance(self._ended, ChimericError):
            return copy.copy(self._ended)  # others may have the same one
        return StopAsyncIteration()

    async def _more(self) -> list[Any]:
        """The events after the offset; waits for one."""
        tail = self._tail
        while True:
            changed = tail.changed
            if self.offset + 1 < tail.first:
                return await self._stored()
            if values := tail.after(self.offset):
                return values
            if tail.error is not None:
                self._fail(tail.error)
            await changed.wait()

    async def _stored(self) -> list[Any]:
        """A page of the store."""
        until = anyio.current_time() + self._lease
        while True:
            try:
                events = await self._store.read(self.id, self.offset, PAGE)
            except StoreError as error:
                if anyio.current_time() >= until:
                    self._fail(StreamLostError(f"the stream cannot be read: {error.message}"))
                await anyio.sleep(PAUSE)
                continue
            if not events:
                self._fail(StreamNotFoundError(EXPIRED))
            return [value_of(event) for event in events]

    def _fail(self, error: ChimericError) -> NoReturn:
        self._close()
        self._ended = error
        raise self._end()

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._tail.readers -= 1

    async def aclose(self) -> None:
        """Read no more. The stream goes on. Idempotent."""
        self._page = []
        self._close()

    async def __aenter__(self) -> StreamReader:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        self._close()
