"""One call of a hub: reads the provider's stream, and writes it into the store."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

import anyio
import msgspec

from chimeric import (
    ChimericError,
    CompletionResponse,
    ProtocolError,
    RequestTimeoutError,
    StreamChunk,
)
from chimeric_serving.events import told_of

from .errors import StoreError, StreamFailedError, StreamLostError, StreamStoppedError
from .events import chunk_event, end_event, error_event
from .source import Source, chunks_of, close, opened, whole_answer
from .store import Head, State, Store
from .tail import BEATS, PAUSE, Tail

__all__ = ["Bounds", "OnEnd", "Run"]

OnEnd = Callable[[CompletionResponse[Any] | None, BaseException | None], Awaitable[object]]

BATCH: Final = 256
"""Events that are appended at a time."""

CLOSING: Final = 5.0
"""Seconds that a provider's connection has to close."""

LAST: Final = 30.0
"""Seconds that ``on_end`` has."""

log = logging.getLogger("chimeric_serving")


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a call may not pass; see ``StreamHub``."""

    total: float
    max_events: int
    max_bytes: int
    orphan: float | None
    lease: float


class Run:
    """A call that runs, whoever reads it.

    Attributes:
        id: the stream's.
        token: the secret that the store knows it by.
        sent: how many events the store has taken.
        tail: where the readers of this process are, if there are any: they need not ask the store.
    """

    def __init__(self, store: Store, id: str, token: str, bounds: Bounds, on_end: OnEnd | None):
        self.id = id
        self.token = token
        self._store = store
        self._bounds = bounds
        self._on_end = on_end
        self._scope = anyio.CancelScope()
        self._stream: object = None
        self._last: StreamChunk | None = None
        self._answer: CompletionResponse[Any] | None = None
        self._failure: BaseException | None = None
        self._told = True  # whether the store still takes what we append
        self._events: list[bytes] = []
        self.sent = 0
        self.tail: Tail | None = None
        self._count = 0
        self._size = 0
        self._wake = anyio.Event()
        self._written = self._seen_at = anyio.current_time()
        self._seen = 0

    async def perform(self, source: Source, args: tuple[Any, ...], params: dict[str, Any]) -> None:
        """Run the call to its end; it raises nothing but a cancellation."""
        self._stream = source
        try:
            self._scope.deadline = anyio.current_time() + self._bounds.total
            with self._scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._write)
                    await self._read(source, args, params)
                    tasks.cancel_scope.cancel()
            if self._scope.cancelled_caught and self._failure is None:
                text = f"the answer was not complete after {self._bounds.total:g} s"
                self._failure = RequestTimeoutError(text, phase="total")
        finally:
            with anyio.CancelScope(shield=True):
                await self._conclude()

    def end(self, error: BaseException) -> None:
        """End the call, unless it has ended: ``error`` is what readers get."""
        if self._failure is None and self._answer is None:
            self._failure = error
            self._scope.cancel()

    def beat(self) -> None:
        """Give the store a sign of life soon, if it has had none for a while."""
        if anyio.current_time() - self._written >= self._bounds.lease / BEATS / 2:
            self._wake.set()

    async def _read(self, source: Source, args: tuple[Any, ...], params: dict[str, Any]) -> None:
        try:
            self._stream = stream = await opened(source, args, params)
            async with aclosing(chunks_of(stream)) as chunks:
                async for chunk in chunks:
                    if chunk.finish_reason is not None:
                        self._last = chunk
                    self._add(chunk_event(chunk))
            self._answer = whole_answer(stream, self._last)
        except Exception as error:
            self._failure = self._failure or error

    def _add(self, event: bytes) -> None:
        self._count += 1
        self._size += len(event)
        if self._count > self._bounds.max_events:
            raise self._too_much("max_events", f"{self._bounds.max_events} events")
        if self._size > self._bounds.max_bytes:
            raise self._too_much("max_bytes", f"{self._bounds.max_bytes} bytes")
        if not self._events:
            self._wake.set()
        self._events.append(event)

    def _too_much(self, limit: str, most: str) -> ProtocolError:
        text = f"the answer has more than {most}; raise {limit}= of the hub if that is right"
        return ProtocolError(text, limit=limit)

    async def _write(self) -> None:
        """Append what there is, as it comes; and a sign of life where nothing does."""
        while True:
            if not self._events:
                self._wake = anyio.Event()
                await self._wake.wait()
            try:
                head = await self._send()
            except StoreError as error:
                if anyio.current_time() - self._written >= self._bounds.lease:
                    self.end(StreamLostError(f"the answer cannot be kept: {error.message}"))
                    log.error("stream %s is ended: %s", self.id, error.__cause__ or error)
                await anyio.sleep(PAUSE)
                continue
            except Exception as error:  # a store of somebody's that breaks
                self.end(error)
                return
            if head is None:
                self.end(StreamLostError("the store has given the stream up"))
                return
            self._look(head)

    async def _send(self, state: State = "live") -> Head | None:
        events = self._events[:BATCH]
        head = await self._store.append(self.id, self.token, self.sent + 1, events, state)
        if head is None:
            self._told = False
            return None
        del self._events[: len(events)]
        self.sent += len(events)
        self._written = anyio.current_time()
        if self.tail is not None and events:
            if self.tail.readers:
                self.tail.add(events)
            else:
                self.tail = None
        return head

    def _look(self, head: Head) -> None:
        """Whether somebody wants an end, or nobody wants more."""
        if head.stopping:
            self.end(StreamStoppedError("the stream was stopped"))
        if head.seen != self._seen or (self.tail is not None and self.tail.readers):
            self._seen, self._seen_at = head.seen, self._written
        elif (most := self._bounds.orphan) and self._written - self._seen_at >= most:
            self.end(StreamStoppedError(f"nobody has read the stream for {most:g} s"))

    async def _conclude(self) -> None:
        """Close the request, tell the application, and write the last event."""
        if self._answer is None and self._failure is None:
            self._failure = StreamLostError("the server is shutting down")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._write)  # it is alive, however long the application takes
            with anyio.move_on_after(CLOSING):
                try:
                    await close(self._stream)
                except Exception:
                    log.exception("stream %s: its request could not be closed", self.id)
            await self._tell()
            tasks.cancel_scope.cancel()
        failure = self._failure
        if failure is not None and told_of(failure) is None:
            log.error("stream %s failed", self.id, exc_info=failure)
        if failure is None and self._answer is not None:
            state: State = "done"
            last = end_event(self._answer)
        else:
            state = "stopped" if isinstance(failure, StreamStoppedError) else "error"
            last = error_event(failure or StreamFailedError())
        with anyio.move_on_after(self._bounds.lease):
            await self._write_last(last, state)

    async def _tell(self) -> None:
        if self._on_end is None:
            return
        response: Any = self._answer or getattr(self._stream, "response", None)
        if response is None and isinstance(self._failure, ChimericError):
            response = self._failure.partial
        try:
            with anyio.fail_after(LAST):
                await self._on_end(response, self._failure)
        except Exception as error:
            log.exception("stream %s: on_end failed", self.id)
            self._failure = self._failure or StreamFailedError()
            self._failure.__cause__ = error

    async def _write_last(self, last: bytes, state: State) -> None:
        warned = False
        while self._told:
            try:
                if len(self._events) > BATCH - 1:
                    await self._send()
                    continue
                if not self._events or self._events[-1] is not last:
                    self._events.append(last)
                await self._send(state)
                return
            except StoreError as error:
                if self._events and self._events[-1] is last:
                    self._events.pop()
                if not warned:
                    why = error.__cause__ or error
                    log.warning("stream %s: its end cannot be kept yet: %s", self.id, why)
                warned = True
                await anyio.sleep(PAUSE)
            except Exception:
                log.exception("stream %s: its end cannot be kept", self.id)
                return
