"""What both drivers of a call have: its connection, and how others break it off."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from types import GeneratorType
from typing import Any, Generic, TypeVar, cast

from chimeric.errors import (
    ChimericError,
    ConcurrentUseError,
    RequestTimeoutError,
    StreamInterruptedError,
    TransportError,
)
from chimeric.exchange.effects import Effect, Flow
from chimeric.values.transport import AsyncWireResponse, WireResponse

from .transports import Transports

__all__ = ["Driver", "closed_stream", "concurrent_use", "no_answer_in_time"]

R = TypeVar("R", WireResponse, AsyncWireResponse)


class Driver(Generic[R]):
    """Performs the effects of one call. It holds no policy.

    Attributes:
        closed: whether the call was closed, or has ended.
    """

    def __init__(self, flow: Flow, transports: Transports) -> None:
        self._flow = cast("GeneratorType[Effect, Any, None]", flow)
        self._transports = transports
        self._response: R | None = None
        self._give_up: Callable[[], None] | None = None
        self._cancel: Callable[[], object] | None = None
        self._until: float | None = None
        self._pid = os.getpid()
        self.closed = False

    def abort(self) -> None:
        """End a request, a waiting read, or a wait for tools or hooks, from anywhere."""
        self.closed = True
        cancel = self._cancel
        if cancel is not None and self._pid == os.getpid():
            cancel()
        self._break_off()

    def _fault(self, error: Exception) -> Exception:
        """What the exchange is told of an error: after a close, that and nothing else."""
        return closed_stream() if self.closed and isinstance(error, ChimericError) else error

    def _break_off(self) -> None:
        """Make whoever waits on the connection return."""
        response, give_up = self._response, self._give_up
        self._shut(give_up if response is None else response.abort)

    def _shut(self, connection: Callable[[], None] | None) -> None:
        """Shut down what belongs to this process, not to a fork's parent."""
        if connection is not None and self._pid == os.getpid():
            with contextlib.suppress(Exception):  # a transport's own fault is not the closer's
                connection()

    def _started(self, give_up: Callable[[], None]) -> None:
        """There is a connection, which ``give_up`` ends."""
        self._give_up = give_up
        if self.closed or (self._until is not None and time.monotonic() >= self._until):
            self._break_off()

    def _unopened(self, error: TransportError) -> TransportError:
        """The error for a request that failed, or took too long."""
        if self._until is None or time.monotonic() < self._until:
            return error
        late = no_answer_in_time()
        late.__cause__ = error
        return late


def closed_stream() -> StreamInterruptedError:
    """The error for a read or a wait that ``close`` has ended. It is not tried again."""
    error = StreamInterruptedError("the stream was closed while it was being read")
    error.retryable, error.closed = False, True
    return error


def no_answer_in_time() -> RequestTimeoutError:
    """The error for a request without status and headers; the exchange names the limit."""
    return RequestTimeoutError("no status and headers arrived in time", phase="read")


def concurrent_use() -> ConcurrentUseError:
    """The error for a stream that two threads or tasks iterate at the same time."""
    text = "this stream is being iterated by another thread or task; give each its own stream"
    return ConcurrentUseError(text)
