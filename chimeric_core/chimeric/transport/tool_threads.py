"""Tool calls of one turn in threads, for the sync driver."""

from __future__ import annotations

import inspect
import queue
import threading
import time
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any

from chimeric.errors import RequestTimeoutError
from chimeric.exchange.tool_run import MAX_OUTPUT, ToolRun, cancellations, cancelled
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

from .daemon_thread import begin, wait_for_daemon_thread

__all__ = ["ToolThreads", "run_in_threads", "run_tool"]


class ToolThreads:
    """The calls of one turn that wait for a thread, and what became of the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._todo: list[int] = []
        self._ended = False
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

    def end(self, error: BaseException | None = None) -> None:
        """Begin no further call; ``error`` is raised where the results are waited for."""
        with self._lock:
            self._ended = True
        if error is not None:
            self._done.put((0, error))

    def run(
        self, calls: Sequence[tuple[Tool, ToolCall]], parallel: int, until: float | None
    ) -> list[ToolExecutionResult]:
        """Run the calls and return their results in order; see ``run_in_threads``."""
        waiting = iter(range(len(calls)))

        def work() -> None:
            while (place := self._next(waiting, until)) is not None:
                try:
                    self._done.put((place, _run(*calls[place])))
                except BaseException as error:  # SystemExit and the like go to the caller
                    self.end(error)

        try:
            for number in range(min(max(1, parallel), len(calls))):
                begin(work, lambda outcome: None, f"chimeric-tool-{number}")
            return self._results(len(calls), until)
        finally:
            self.end()

    def _next(self, waiting: Iterator[int], until: float | None) -> int | None:
        """The place of the next call to begin; None when there is none, or no time for it."""
        with self._lock:
            if self._ended or (until is not None and time.monotonic() >= until):
                return None
            return next(waiting, None)

    def _results(self, count: int, until: float | None) -> list[ToolExecutionResult]:
        results: dict[int, ToolExecutionResult] = {}
        while len(results) < count:
            left = None if until is None else max(0.0, until - time.monotonic())
            try:
                place, result = self._done.get(timeout=left)
            except queue.Empty:
                raise RequestTimeoutError(
                    "the tools were still running when the total time limit passed", phase="total"
                ) from None
            if isinstance(result, BaseException):
                raise result
            results[place] = result
        return [results[place] for place in range(count)]


def run_in_threads(
    calls: Sequence[tuple[Tool, ToolCall]],
    parallel: int,
    until: float | None,
    threads: ToolThreads | None = None,
) -> list[ToolExecutionResult]:
    """Run the calls, at most ``parallel`` at a time, and return their results in order.

    A single call without a time limit runs in the caller's own thread. The threads are daemons
    with the caller's context variables: one that never returns keeps neither the caller past its
    time limit nor the interpreter from ending. Whatever ends the waiting (a limit, an error of
    ``threads.end``), no further call begins after it.

    Raises:
        RequestTimeoutError: when ``until`` passes; what the threads do later is dropped.
    """
    if len(calls) == 1 and until is None:
        return [_run(*calls[0])]
    return (ToolThreads() if threads is None else threads).run(calls, parallel, until)


def run_tool(tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT) -> ToolExecutionResult:
    """Run a finished call, in this thread, and tell what became of it.

    An async function runs on an event loop of its own.

    Raises:
        SystemExit, KeyboardInterrupt, CancelledError: as the tool raised them.

    Example:
        >>> def add(a: int, b: int) -> int: return a + b
        >>> run_tool(Tool.from_function(add), ToolCall("1", "add", '{"a": 1, "b": 2}')).output
        '3'
    """
    run = ToolRun(tool, call, max_output)
    try:
        value = run.start()
        if inspect.isawaitable(value):
            value = _wait_for(value)
    except BaseException as error:
        return run.failed(error)
    return run.returned(value)


def _run(tool: Tool, call: ToolCall) -> ToolExecutionResult:
    """Run a call. No task is cancelled here, so a cancellation is the tool's own failure."""
    try:
        return run_tool(tool, call)
    except BaseException as error:
        if isinstance(error, cancellations()):
            return cancelled(call)
        raise


def _wait_for(awaitable: Awaitable[Any]) -> Any:
    """Run an awaitable to its end on an event loop of its own."""
    import asyncio

    async def result() -> Any:
        return await awaitable

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(result())
    # A sync call from within a running loop (a notebook): no second loop can run in this thread.
    return wait_for_daemon_thread(lambda: asyncio.run(result()))
