"""Tool calls of one turn in threads, for the sync driver."""

from __future__ import annotations

import inspect
import queue
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, Final, cast

from chimeric.errors import RequestTimeoutError
from chimeric.exchange.effects import RunTools
from chimeric.exchange.tool_run import MAX_OUTPUT, ToolRun, cancellations, cancelled
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.context import Context
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

from .daemon_thread import begin, wait_for_daemon_thread

__all__ = ["ROOM", "OwnThread", "ToolThreads", "begun", "late", "run_tool"]

ROOM: Final = 64
"""Steps of progress that a tool may be ahead of whoever reads them."""

ENDED: Final = object()


class OwnThread:
    """One call in the caller's own thread: it goes on where its next result is asked for."""

    def __init__(self, effect: RunTools) -> None:
        self._steps = _steps(*effect.calls[0], effect.context)
        self._context = effect.context

    def next(self) -> tuple[int, ToolExecutionResult]:
        """The next result."""
        return 0, next(self._steps)

    def end(self, error: BaseException | None = None) -> None:
        """Close a generator, where it is not at work; one that is can see that its call is over."""
        if error is not None and self._context is not None:
            self._context.ended = time.monotonic()
        with suppress(Exception):
            self._steps.close()


class ToolThreads:
    """The calls of one turn: those that wait for a thread, and what comes of the others.

    The threads are daemons with the caller's context variables: one that never returns keeps
    neither the caller past its time limit nor the interpreter from ending. Whatever ends the
    waiting (a limit, an error, ``end``), no further call begins after it, and a tool that is a
    generator is closed where it stands, or at its next step.
    """

    def __init__(self, effect: RunTools) -> None:
        self._effect = effect
        self._lock = threading.Lock()
        self._waiting = iter(range(len(effect.calls)))
        self._rooms = [threading.Semaphore(ROOM) for _ in effect.calls]
        self._ended = False
        self._results: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        for number in range(min(max(1, effect.parallel), len(effect.calls))):
            begin(self._work, lambda outcome: None, f"chimeric-tool-{number}")

    def next(self) -> tuple[int, ToolExecutionResult]:
        """The next result of any call, when it is there.

        Raises:
            RequestTimeoutError: when the time passes; what the threads do later is dropped.
        """
        until = self._effect.until
        left = None if until is None else until - time.monotonic()
        try:
            if left is not None and left <= 0:
                raise late()
            place, result = self._results.get(timeout=left)
        except queue.Empty:
            raise late() from None
        if isinstance(result, BaseException):
            raise result
        self._rooms[place].release()
        return place, result

    def end(self, error: BaseException | None = None) -> None:
        """Begin no further call; ``error`` is raised where the results are waited for."""
        with self._lock:
            self._ended = True
        for room in self._rooms:
            room.release()  # whoever waits for it finds out
        if error is not None:
            self._results.put((0, error))

    def _work(self) -> None:
        while (place := self._next()) is not None:
            tool, call = self._effect.calls[place]
            try:
                steps = _steps(tool, call, self._effect.context)
                for result in steps:
                    if not self._give(place, result):
                        with suppress(Exception):
                            steps.close()
            except BaseException as error:  # SystemExit and the like go to the caller
                self.end(error)

    def _next(self) -> int | None:
        """The place of the next call to begin; None when there is none, or no time for it."""
        until = self._effect.until
        with self._lock:
            if self._ended or (until is not None and time.monotonic() >= until):
                return None
            return next(self._waiting, None)

    def _give(self, place: int, result: ToolExecutionResult) -> bool:
        """Hand a result over; False when nobody waits for it any more."""
        if result.status == "progress":
            self._rooms[place].acquire()
        self._results.put((place, result))
        return not self._ended


def begun(effect: RunTools) -> OwnThread | ToolThreads:
    """What runs the calls of an effect: begun now, or before.

    A single call without a time limit runs in the caller's own thread.
    """
    if effect.running is None:
        own = len(effect.calls) == 1 and effect.until is None
        effect.running = OwnThread(effect) if own else ToolThreads(effect)
    return cast("OwnThread | ToolThreads", effect.running)


def late() -> RequestTimeoutError:
    """The error for tools that are not done when the call's time is over."""
    text = "the tools were still running when the total time limit passed"
    return RequestTimeoutError(text, phase="total")


def run_tool(
    tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT, context: Context | None = None
) -> ToolExecutionResult:
    """Run a finished call, in this thread, and tell what became of it.

    An async function runs on an event loop of its own.

    Raises:
        SystemExit, KeyboardInterrupt, CancelledError: as the tool raised them.

    Example:
        >>> def add(a: int, b: int) -> int: return a + b
        >>> run_tool(Tool.from_function(add), ToolCall("1", "add", '{"a": 1, "b": 2}')).output
        '3'
    """
    *_, result = _all_steps(ToolRun(tool, call, max_output, context))
    return result


def _steps(
    tool: Tool, call: ToolCall, context: Context | None
) -> Generator[ToolExecutionResult, None, None]:
    """Run a call. No task is cancelled here, so a cancellation is the tool's own failure."""
    try:
        yield from _all_steps(ToolRun(tool, call, context=context))
    except BaseException as error:
        if not isinstance(error, cancellations()):
            raise
        yield cancelled(call)


def _all_steps(run: ToolRun) -> Generator[ToolExecutionResult, None, None]:
    """Progress, and the result at the end. Closing it closes the tool's generator."""
    rest = yield from run.begin()
    if rest is None:
        return
    try:
        value = (yield from _async_steps(run, rest)) if inspect.isasyncgen(rest) else _wait(rest)
    except BaseException as error:
        yield run.failed(error)
    else:
        yield run.returned(value)


def _async_steps(
    run: ToolRun, generator: AsyncGenerator[Any, Any]
) -> Generator[ToolExecutionResult, None, Any]:
    """Progress of an async generator, on an event loop of its own; the last of it."""
    import asyncio

    runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
    last = None
    try:
        while (item := _elsewhere(runner.run, _following(generator))) is not ENDED:
            last = item
            if isinstance(item, ToolExecutionResult):
                break
            yield run.progress(item)
        return last
    finally:
        try:
            _elsewhere(runner.run, _closed(generator))
        finally:
            _elsewhere(runner.close)


async def _following(generator: AsyncGenerator[Any, Any]) -> Any:
    return await anext(generator, ENDED)


async def _closed(generator: AsyncGenerator[Any, Any]) -> None:
    await generator.aclose()


def _wait(awaitable: Awaitable[Any]) -> Any:
    """Run an awaitable to its end on an event loop of its own."""
    import asyncio

    async def result() -> Any:
        return await awaitable

    run: Callable[[Coroutine[Any, Any, Any]], Any] = asyncio.run
    return _elsewhere(run, result())


def _elsewhere(function: Callable[..., Any], *args: Any) -> Any:
    """Call what runs a loop: here, or in another thread where this one's runs one (a notebook)."""
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function(*args)
    return wait_for_daemon_thread(lambda: function(*args))
