"""Calls of a server's tools: as an async generator in a loop, as a generator for who blocks."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import AsyncGenerator, Callable, Generator
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, Final

import anyio
import msgspec

from chimeric import Context, ToolExecutionResult

from .results import failed, result_of
from .session import loops
from .session.faults import MCPServerError, is_broken, is_late
from .session.pool import Pool

__all__ = ["Progress", "async_call", "blocking_call"]

POLL = 0.05
"""Seconds between two looks at whether the call is over, for a thread that waits for a tool."""

ENDED: Final = object()


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a tool is, as its server tells.

    Attributes:
        progress: a number that grows.
        total: what it grows to, where that is known.
        message: words for the user.
    """

    progress: float
    total: float | None = None
    message: str | None = None


def async_call(pool: Pool, name: str) -> Callable[..., AsyncGenerator[Any, None]]:
    """A function for a ``Tool`` of an asynchronous call: it yields progress, last the result."""

    async def call(**arguments: Any) -> AsyncGenerator[Any, None]:
        send, receive = anyio.create_memory_object_stream[Any](float("inf"))
        scope, ended = anyio.CancelScope(), anyio.Event()

        async def work() -> None:
            # A task of its own: nothing of the SDK's is open across a yield.
            try:
                with scope, send:
                    send.send_nowait((ENDED, await _called(pool, name, arguments, tell)))
            finally:
                ended.set()

        def tell(progress: Progress) -> None:
            # One that comes after the result is dropped.
            with contextlib.suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                send.send_nowait(progress)

        loops.spawn(work)
        try:
            with receive:
                async for event in receive:
                    if not isinstance(event, tuple):
                        yield event
                    else:
                        yield event[1]
                        return
            yield failed("the call was cancelled before it had a result")
        finally:
            scope.cancel()
            with anyio.CancelScope(shield=True):
                await ended.wait()

    return call


def blocking_call(
    pool: Pool, name: str, context: Context
) -> Callable[..., Generator[Any, None, Any]]:
    """A function for a ``Tool`` of a blocking call: it yields progress and returns the result."""

    def call(**arguments: Any) -> Generator[Any, None, Any]:
        events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        future = pool.submit(partial(_called, pool, name, arguments, events.put))
        future.add_done_callback(lambda done: events.put(ENDED))
        try:
            while True:
                try:
                    event = events.get(timeout=POLL)
                except queue.Empty:
                    if context.ended is not None:
                        return failed("nobody waits for the result any more")
                    continue
                if event is ENDED and future.cancelled():
                    return failed("the server was closed in mid-call")
                if event is ENDED:
                    return future.result()
                yield event
        finally:
            future.cancel()

    return call


async def _called(
    pool: Pool, name: str, arguments: dict[str, Any], tell: Callable[[Progress], object]
) -> ToolExecutionResult:
    """Call a tool, once. Whatever goes wrong is a result, in words for the model."""
    seconds = _seconds(pool, name)

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        tell(Progress(progress, total, message))

    connection = await pool.connection()
    try:
        result = await connection.request(
            lambda client: client.call_tool(
                name, arguments, read_timeout_seconds=seconds, progress_callback=on_progress
            ),
            seconds,
        )
    except Exception as error:
        if is_late(error):
            return failed(f"no result in {seconds:g} s; the call was cancelled")
        if isinstance(error, MCPServerError) or not is_broken(error):
            return failed(str(error) or type(error).__name__)
        connection.give_up()
        return failed(
            "the connection to the server ended in mid-call; whether the tool has run is not known "
            f"({error})"
        )
    return result_of(result, pool.setup.max_result)


def _seconds(pool: Pool, name: str) -> float:
    timeouts = pool.setup.timeouts
    return next((s for p, s in timeouts.items() if fnmatchcase(name, p)), pool.setup.timeout)
