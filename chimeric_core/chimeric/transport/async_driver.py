"""Performs the exchange's effects on an event loop (asyncio or trio). It holds no policy."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from types import AsyncGeneratorType
from typing import Any, cast

from chimeric.errors import (
    ChimericError,
    RequestTimeoutError,
    StreamInterruptedError,
    TransportError,
)
from chimeric.exchange.effects import (
    OPENED,
    READ,
    Drain,
    Effect,
    Emit,
    Flow,
    Opened,
    Read,
    Relay,
    Release,
    RunTools,
    Send,
    Sleep,
)
from chimeric.values.chunks import StreamChunk, ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool
from chimeric.values.transport import AsyncTransport, AsyncWireResponse, WireRequest

from .event_loop import LATE, Spawner, current_loop, current_spawner, to_its_end, within
from .sync_driver import SLEEP_STEP, closed_stream, concurrent_use, no_answer_in_time

__all__ = ["AsyncDriver"]


class AsyncDriver:
    """Drives one call: ``items`` gives ``OPENED`` once and then the chunks.

    ``step`` is the next of them, for callers who may not be the only one. A loop that ends
    finishes the generators that are suspended on it, this one too: ``on_lost`` is called then, so
    that nobody takes the silence for the end of the answer.
    """

    __slots__ = (
        "__weakref__",
        "_cancel_open",
        "_cancel_tools",
        "_flow",
        "_give_up",
        "_loop",
        "_pid",
        "_response",
        "_spawn",
        "_transport",
        "closed",
        "items",
        "on_lost",
    )

    def __init__(self, flow: Flow, transport: AsyncTransport) -> None:
        self._flow = flow
        self._transport = transport
        self._response: AsyncWireResponse | None = None
        self._give_up: Callable[[], None] | None = None
        self._cancel_open: Callable[[], None] | None = None
        self._loop = current_loop()
        self._pid = os.getpid()
        self._spawn: Spawner | None = None
        self._cancel_tools: Callable[[], None] | None = None
        self.items = cast("AsyncGeneratorType[StreamChunk | Opened, None]", self._run())
        self.closed = False
        self.on_lost: Callable[[], None] | None = None

    def step(self) -> Awaitable[StreamChunk | Opened]:
        """The next chunk.

        Raises:
            StopAsyncIteration: at the end.
            ConcurrentUseError: when another task is waiting for the next chunk.
        """
        if self.items.ag_running:
            raise concurrent_use()
        return self.items.__anext__()

    async def _run(self) -> AsyncGenerator[StreamChunk | Opened, None]:
        """Run the call."""
        flow, opened = self._flow, False
        chunk: StreamChunk | None
        try:
            effect = next(flow)
            while True:
                reply: Any = None
                try:
                    if type(effect) is Emit:
                        for chunk in effect.chunks:
                            yield chunk
                    elif type(effect) is Relay:
                        take, read = effect.take, self._read
                        while (chunk := take(await read())) is not None:
                            yield chunk
                            effect.asked = time.monotonic()
                    elif effect is READ:
                        reply = await self._read()
                    elif effect is not OPENED:
                        reply = await self._perform(effect)
                    elif not opened:
                        opened = True
                        yield OPENED
                except Exception as error:
                    effect = flow.throw(self._fault(error))
                else:
                    effect = flow.send(reply)
        except StopIteration:
            return
        except GeneratorExit:
            if not self.closed and self.on_lost is not None:
                self.on_lost()  # whoever else ends this generator closes the driver first
            raise
        finally:
            self.closed = True
            self._end_flow()
            await self._release()

    def _fault(self, error: Exception) -> Exception:
        """What the exchange is told of an error: after ``aclose``, that and nothing else."""
        if isinstance(error, RuntimeError) and self._loop is not current_loop():
            return lost_loop()  # in the words of whichever lock of httpx noticed it first
        return closed_stream() if self.closed and isinstance(error, ChimericError) else error

    async def aclose(self) -> None:
        """End the call and close the connection. Idempotent."""
        self.closed = True
        try:
            self._end_flow()
        finally:
            if self._cancel_tools is not None:
                self._cancel_tools()
            if self.items.ag_running:
                self.abort()
            else:
                await self.items.aclose()
                await self._release()

    def abort(self) -> None:
        """End a request or a waiting read, from anywhere."""
        self.closed = True
        self._break_off()
        if self._cancel_open is not None and self._spawn is not None:
            self._spawn(self._leave_opening)

    def reader_left(self) -> None:
        """A loop over the stream ended: close, unless another task is reading."""
        if not self.closed and not self.items.ag_running:
            self.abandon()

    def abandon(self) -> None:
        """Close without waiting, for finalizers: the socket now, the pool when the loop runs."""
        response, self._response = self._response, None
        self.closed = True
        self._end_flow()
        if response is not None and self._spawn is not None:  # both came with Send
            self._end(response.abort)
            self._spawn(response.aclose)
        with contextlib.suppress(StopIteration, RuntimeError):
            self.items.aclose().send(None)  # it has nothing left to wait for

    def _end_flow(self) -> None:
        # A flow that is running is being ended by whoever runs it.
        if not getattr(self._flow, "gi_running", False):
            self._flow.close()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Read(until=until):
                return await self._read_until(until)
            case Send(request=request, until=until):
                self._spawn = current_spawner()
                response = await self._open(request, until)
                return response.status, response.headers
            case Sleep(seconds=seconds):
                await self._sleep(seconds)
            case Release():
                await self._release()
            case Drain(seconds=seconds):
                await self._drain(seconds)
            case RunTools(calls=calls, parallel=parallel, until=until):
                return await self._run_tools(calls, parallel, until)
            case _:
                pass  # the others are the loop's own
        return None

    def _break_off(self) -> None:
        """Make whoever waits on the connection return."""
        response, give_up = self._response, self._give_up
        self._end(give_up if response is None else response.abort)

    def _end(self, connection: Callable[[], None] | None) -> None:
        """End what belongs to this process, not to a fork's parent."""
        if connection is not None and self._pid == os.getpid():
            with contextlib.suppress(Exception):  # a transport's own fault is not the closer's
                connection()

    async def _open(self, request: WireRequest, until: float | None) -> AsyncWireResponse:
        import anyio  # httpx has it loaded by now

        left = None if until is None else until - time.monotonic() + LATE
        with anyio.move_on_after(left) as scope:
            self._cancel_open = scope.cancel
            try:
                self._response = await self._transport.open(request, self._started)
            except TransportError as error:
                if until is None or time.monotonic() < until:
                    raise
                raise no_answer_in_time() from error
            finally:
                self._give_up = self._cancel_open = None
        if self.closed:
            raise closed_stream()
        if self._response is None:
            raise no_answer_in_time()
        return self._response

    async def _leave_opening(self) -> None:
        if self._cancel_open is not None:
            self._cancel_open()

    def _started(self, give_up: Callable[[], None]) -> None:
        """There is a connection, which ``give_up`` ends."""
        self._give_up = give_up
        if self.closed:
            self._break_off()

    async def _run_tools(
        self, calls: Sequence[tuple[Tool, ToolCall]], parallel: int, until: float | None
    ) -> list[ToolExecutionResult]:
        import anyio

        from .tool_tasks import run_in_tasks

        with anyio.CancelScope() as scope:
            self._cancel_tools = scope.cancel
            try:
                return await run_in_tasks(calls, parallel, until)
            finally:
                self._cancel_tools = None
        raise closed_stream()

    async def _read(self) -> bytes:
        assert self._response is not None
        data = await self._response.read()
        if self.closed:
            raise closed_stream()
        return data

    async def _read_until(self, until: float | None) -> bytes:
        assert until is not None  # READ has none, and is the loop's own
        data = await within(until - time.monotonic(), self._read, self._break_off)
        if data is None:
            raise RequestTimeoutError("no byte came in time", phase="read")
        return data

    async def _sleep(self, seconds: float) -> None:
        import anyio

        until = time.monotonic() + seconds
        while not self.closed and (left := until - time.monotonic()) > 0:
            await anyio.sleep(min(left, SLEEP_STEP))
        if self.closed:
            raise closed_stream()

    async def _drain(self, seconds: float) -> None:
        until, whole = time.monotonic() + seconds, False
        try:
            while time.monotonic() < until and not whole:
                whole = not await self._read_until(until)
        except (TransportError, StreamInterruptedError):
            pass  # the answer is whole; only the connection is not to be used again
        await self._release(whole=whole)

    async def _release(self, *, whole: bool = False) -> None:
        response, self._response = self._response, None
        if response is None:
            return
        if self._loop is not current_loop():
            self._end(response.abort)  # nothing that waits works on a foreign loop
        elif whole:
            await response.aclose()  # there is nothing to wait for
        else:
            await to_its_end(response.aclose)


def lost_loop() -> StreamInterruptedError:
    """The error for a reader whose stream was opened on another loop."""
    error = StreamInterruptedError(
        "the event loop that this stream was opened on has ended before the answer did, or is "
        "another one: read a stream to its end on the loop that opened it"
    )
    error.retryable = False
    return error
