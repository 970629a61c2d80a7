"""Performs the exchange's effects with blocking calls. It holds no policy."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from chimeric.errors import (
    ChimericError,
    ConcurrentUseError,
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
    Read,
    Relay,
    Release,
    Send,
)
from chimeric.values.chunks import StreamChunk
from chimeric.values.transport import WireRequest, WireResponse

from . import watchdog

if TYPE_CHECKING:
    from .performing.blocking import Performer
    from .tool_threads import OwnThread, ToolThreads
    from .transports import Transports

__all__ = ["SyncDriver"]


class SyncDriver:
    """Drives one call. ``run`` yields ``OPENED`` once and then the chunks."""

    __slots__ = (
        "__weakref__",
        "_flow",
        "_give_up",
        "_performer",
        "_pid",
        "_response",
        "_tools",
        "_transports",
        "_until",
        "closed",
        "leaving",
    )

    def __init__(self, flow: Flow, transports: Transports) -> None:
        self._flow = flow
        self._transports = transports
        self._response: WireResponse | None = None
        self._give_up: Callable[[], None] | None = None
        self._until: float | None = None
        self._pid = os.getpid()
        self._performer: Performer | None = None
        self._tools: OwnThread | ToolThreads | None = None
        self.closed = False
        self.leaving = False

    def run(self) -> Generator[StreamChunk | Opened, None, None]:
        """Run the call; closing the generator closes the connection."""
        flow, opened = self._flow, False
        try:
            effect = next(flow)
            while True:
                reply: Any = None
                try:
                    if type(effect) is Emit:
                        yield from effect.chunks
                    elif type(effect) is Relay:
                        take, read = effect.take, self._read
                        while (chunk := take(read())) is not None:
                            yield chunk
                            effect.asked = time.monotonic()
                    elif effect is READ:
                        reply = self._read()
                    elif effect is not OPENED:
                        reply = self._perform(effect)
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
            if not self.leaving:
                flow.close()  # nobody called close(): this is the garbage collector's doing
            raise
        finally:
            self._release()
            if self._tools is not None:
                self._tools.end()
            self._end_flow()

    def _fault(self, error: Exception) -> Exception:
        """What the exchange is told of an error: after ``close``, that and nothing else."""
        return closed_stream() if self.closed and isinstance(error, ChimericError) else error

    def _end_flow(self) -> None:
        """End the exchange, and perform what its hooks still ask for."""
        flow = self._flow
        try:
            effect = flow.throw(Ending())
            while True:
                effect = flow.send(self._perform(effect))
        except (StopIteration, Ending):
            pass
        finally:
            flow.close()

    def abort(self) -> None:
        """End a request, a blocked read, or a wait for tools or hooks, from another thread."""
        self.closed = True
        tools, performer = self._tools, self._performer
        if performer is not None:
            performer.abort()
        self._break_off()
        if tools is not None:
            tools.end(closed_stream())

    def _perform(self, effect: Effect) -> Any:
        match effect:
            case Read(until=until):
                return self._read_until(until)
            case Send(request=request, until=until):
                response = self._open(request, until)
                return response.status, response.headers
            case Release():
                self._release()
            case Drain(seconds=seconds):
                self._drain(seconds)
            case _:
                from .errands import run_errand  # most calls ask for none

                return run_errand(self, effect)
        return None

    def _break_off(self) -> None:
        """Make whoever waits on the connection return; it belongs to a fork's parent alone."""
        response, give_up = self._response, self._give_up
        end = give_up if response is None else response.abort
        if end is not None and self._pid == os.getpid():
            with contextlib.suppress(Exception):  # a transport's own fault is not the closer's
                end()

    def _open(self, request: WireRequest, until: float | None) -> WireResponse:
        self._until = until
        alarm = None if until is None else watchdog.arm(until, self._break_off)
        try:
            self._response = response = self._transports.sync().open(request, self._started)
        except TransportError as error:
            if until is None or time.monotonic() < until:
                raise
            raise no_answer_in_time() from error
        finally:
            self._give_up = None
            if alarm is not None:
                alarm.cancel()
        if self.closed:
            raise closed_stream()
        return response

    def _started(self, give_up: Callable[[], None]) -> None:
        """There is a connection, which ``give_up`` ends."""
        self._give_up = give_up
        if self.closed or (self._until is not None and time.monotonic() >= self._until):
            self._break_off()

    def _read(self) -> bytes:
        data = self._response.read()  # type: ignore[union-attr]
        if self.closed:
            raise closed_stream()
        return data

    def _read_until(self, until: float | None) -> bytes:
        assert until is not None  # READ has none, and is the loop's own
        alarm = watchdog.arm(until, self._break_off)
        try:
            return self._read()
        finally:
            alarm.cancel()

    def _drain(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and self._read_until(until):
                pass
        except (TransportError, StreamInterruptedError):
            pass  # the answer is whole; only the connection is not to be used again
        self._release()

    def _release(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()


def closed_stream() -> StreamInterruptedError:
    """The error for a read or a wait that ``close`` has ended. It is not tried again."""
    error = StreamInterruptedError("the stream was closed while it was being read")
    error.retryable = False
    return error


def no_answer_in_time() -> RequestTimeoutError:
    """The error for a request without status and headers; the exchange names the limit."""
    return RequestTimeoutError("no status and headers came in time", phase="read")


def concurrent_use() -> ConcurrentUseError:
    """The error for a stream that two threads or tasks iterate at the same time."""
    return ConcurrentUseError(
        "this stream is being iterated by another thread or task; give each its own stream"
    )
