"""Performs the exchange's effects with blocking calls. It holds no policy."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from chimeric.errors import StreamInterruptedError, TransportError
from chimeric.exchange.effects import (
    OPENED,
    READ,
    Drain,
    Effect,
    Emit,
    Ending,
    Opened,
    Read,
    Relay,
    Release,
    Send,
)
from chimeric.values.chunks import StreamChunk
from chimeric.values.transport import WireRequest, WireResponse

from . import watchdog
from .driver import Driver, closed_stream

if TYPE_CHECKING:
    from .tool_threads import OwnThread, ToolThreads

__all__ = ["SyncDriver"]


class SyncDriver(Driver[WireResponse]):
    """Drives one call. ``run`` yields ``OPENED`` once and then the chunks."""

    leaving = False
    _tools: OwnThread | ToolThreads | None = None

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
                from .performing.blocking import run_errand  # most calls ask for none

                return run_errand(self, effect)
        return None

    def _open(self, request: WireRequest, until: float | None) -> WireResponse:
        self._until = until
        alarm = None if until is None else watchdog.arm(until, self._break_off)
        try:
            self._response = response = self._transports.sync().open(request, self._started)
        except TransportError as error:
            raise self._unopened(error)  # noqa: B904 -- it has its cause
        finally:
            self._give_up = None
            if alarm is not None:
                alarm.cancel()
        if self.closed:
            raise closed_stream()
        return response

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
