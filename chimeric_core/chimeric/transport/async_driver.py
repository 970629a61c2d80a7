"""Performs the exchange's effects on an event loop (asyncio or trio). It holds no policy."""

from __future__ import annotations

import contextlib
import functools
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any, TypeVar, cast

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
    Ending,
    Flow,
    Opened,
    Perform,
    Read,
    Relay,
    Release,
    RunTools,
    Send,
    Sleep,
)
from chimeric.values.chunks import StreamChunk
from chimeric.values.transport import AsyncWireResponse, WireRequest

from .driver import Driver, closed_stream, concurrent_use, no_answer_in_time
from .event_loop import (
    LATE,
    Spawner,
    current_loop,
    current_spawner,
    current_waker,
    to_its_end,
    within,
)
from .transports import Transports

if TYPE_CHECKING:
    from .performing.awaiting import Finishing
    from .tool_tasks import ToolTasks

T = TypeVar("T")

__all__ = ["AsyncDriver"]


class AsyncDriver(Driver[AsyncWireResponse]):
    """Drives one call: ``items`` gives ``OPENED`` once and then the chunks.

    ``step`` is the next of them, for callers who may not be the only one. A loop that ends
    finishes the generators that are suspended on it, this one too: ``on_lost`` is called then, so
    that nobody takes the silence for the end of the answer.
    """

    def __init__(self, flow: Flow, transports: Transports) -> None:
        super().__init__(flow, transports)
        self._loop = current_loop()
        self._spawn: Spawner | None = None
        self._finishing: Finishing | None = None
        self._tools: ToolTasks | None = None
        self._handed_over = False
        self.items = cast("AsyncGeneratorType[StreamChunk | Opened, None]", self._run())
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
                        if self._finishing is not None and self._finishing.cancelled:
                            await self._end_hooks(flow.send(reply), all_of_them=False)
                            raise self._finishing.cancelled
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
            if not self.closed:  # whoever else ends this generator closes the driver first
                self._close_flow()
                if self.on_lost is not None:
                    self.on_lost()
            raise
        finally:
            self.closed = True
            await self._finish()

    def _fault(self, error: Exception) -> Exception:
        """What the exchange is told of an error: after ``aclose``, that and nothing else."""
        if isinstance(error, RuntimeError) and self._loop is not current_loop():
            return lost_loop()  # in the words of whichever lock of httpx noticed it first
        return super()._fault(error)

    async def aclose(self) -> None:
        """End the call and close the connection. Idempotent."""
        self.closed = True
        if self.items.ag_running:
            self.abort()
        else:
            await self.items.aclose()
            await self._finish()

    async def _finish(self) -> None:
        """Shut the connection, end the exchange, and perform what its hooks still ask for."""
        if self._handed_over:
            return
        if self._flow.gi_frame is not None:
            self._break_off()
        if self._tools is not None:
            self._tools.end()
            if self._loop is current_loop():
                await self._tools.ended()
        effect = self._throw_ending()
        if effect is not None:
            await self._end_hooks(effect)
        self._close_flow()
        await self._release()
        if self._finishing is not None and self._finishing.cancelled:
            raise self._finishing.cancelled

    def _throw_ending(self) -> Effect | None:
        """Tell the exchange that the caller has left; what it asks for, if anything."""
        if self._flow.gi_running:
            return None  # it is being ended by whoever runs it
        try:
            return self._flow.throw(Ending())
        except (StopIteration, Ending):
            return None

    async def _end_hooks(self, effect: Effect, *, all_of_them: bool = True) -> None:
        """Perform what hooks ask for at the end of an attempt, or of the call."""
        try:
            while all_of_them or (type(effect) is Perform and effect.ending):
                effect = self._flow.send(await self._perform(effect))
        except (StopIteration, Ending, ChimericError):
            pass  # a cancellation is never hidden

    def reader_left(self) -> None:
        """A loop over the stream ended: close, unless another task is reading.

        Its hooks finish in a task of the loop.
        """
        if self.closed or self.items.ag_running:
            return
        self._break_off()
        effect = self._throw_ending()
        if effect is not None and self._spawn is not None:
            self._spawn(functools.partial(self._end_hooks, effect))
        else:
            self._close_flow()
        self._let_go()

    def abandon(self) -> None:
        """Close without waiting, for finalizers; hooks are ended where they first ask."""
        self._close_flow()
        self._let_go()

    def _let_go(self) -> None:
        """Shut the socket now, and give it back to the pool when the loop runs."""
        response, self._response = self._response, None
        self.closed = self._handed_over = True
        if self._tools is not None:
            self._tools.end()
        if response is not None and self._spawn is not None:  # both came with Send
            self._shut(response.abort)
            self._spawn(response.aclose)
        with contextlib.suppress(StopIteration, RuntimeError):
            self.items.aclose().send(None)  # it has nothing left to wait for

    def _close_flow(self) -> None:
        # A flow that is running is being ended by whoever runs it.
        if not self._flow.gi_running:
            self._flow.close()

    async def _perform(self, effect: Effect) -> Any:
        match effect:
            case Read(until=until):
                return await self._read_until(until)
            case Perform():
                return await self._perform_want(effect)
            case Send(request=request, until=until):
                self._spawn = current_spawner()
                response = await self._open(request, until)
                return response.status, response.headers
            case Sleep(seconds=seconds):
                import anyio

                await self._unless_closed(functools.partial(anyio.sleep, seconds), None)
            case Release():
                await self._release()
            case Drain(seconds=seconds):
                await self._drain(seconds)
            case RunTools():
                return await self._next_result(effect)
            case _:
                pass  # the others are the loop's own
        return None

    async def _open(self, request: WireRequest, until: float | None) -> AsyncWireResponse:
        transport, self._until = self._transports.asynchronous(), until

        async def opened() -> None:
            self._response = await transport.open(request, self._started)

        try:
            await self._unless_closed(opened, None if until is None else until + LATE)
        except TransportError as error:
            raise self._unopened(error)  # noqa: B904 -- it has its cause
        finally:
            self._give_up = None
        if self._response is None:
            raise no_answer_in_time()
        return self._response

    async def _next_result(self, effect: RunTools) -> Any:
        if effect.running is None:
            from .tool_tasks import ToolTasks

            self._tools = effect.running = ToolTasks(effect)
        return await self._unless_closed(effect.running.next, None)  # which keeps its time itself

    async def _perform_want(self, effect: Perform) -> Any:
        from .performing.awaiting import Finishing, perform  # few calls have hooks that ask

        work = functools.partial(perform, effect.work, self._transports)
        if not effect.ending:
            return await self._unless_closed(work, effect.until)
        self._finishing = finishing = self._finishing or Finishing()
        self._cancel = finishing.waker()
        try:
            return await finishing.perform(work, effect.until, left=self.closed)
        finally:
            self._cancel = None

    async def _unless_closed(
        self, work: Callable[[], Awaitable[T]], until: float | None
    ) -> T | None:
        """Await something until it is done, time passes (None), or the stream is closed."""
        import anyio

        if self.closed:
            raise closed_stream()
        left = math.inf if until is None else until - time.monotonic()
        wake = current_waker()
        with anyio.move_on_after(left) as scope:
            self._cancel = lambda: wake(scope.cancel)
            try:
                value = await work()
            finally:
                self._cancel = None
            if not self.closed:
                return value
        if self.closed:
            raise closed_stream()
        return None

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
            raise RequestTimeoutError("no byte arrived in time", phase="read")
        return data

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
            self._shut(response.abort)  # nothing that waits works on a foreign loop
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
