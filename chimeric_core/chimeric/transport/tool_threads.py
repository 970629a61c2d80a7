"""Tool calls of one turn in threads, for the sync driver."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Sequence
from typing import TypeAlias

from chimeric.errors import RequestTimeoutError
from chimeric.exchange.tool_run import cancellations, cancelled, run_tool
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

__all__ = ["Outcomes", "run_in_threads"]

Outcomes: TypeAlias = "queue.SimpleQueue[tuple[int, ToolExecutionResult | BaseException]]"
"""What the threads report: a call's place and its result. An error ends the waiting."""


def run_in_threads(
    calls: Sequence[tuple[Tool, ToolCall]],
    parallel: int,
    until: float | None,
    done: Outcomes | None = None,
) -> list[ToolExecutionResult]:
    """Run the calls, at most ``parallel`` at a time, and return their results in order.

    A single call without a time limit runs in the caller's own thread. The threads are daemons
    with the caller's context variables: one that never returns keeps neither the caller past its
    time limit nor the interpreter from ending. An error that is put into ``done`` is raised here.

    Raises:
        RequestTimeoutError: when ``until`` passes; what the threads do later is dropped.
    """
    if len(calls) == 1 and until is None:
        return [_run(*calls[0])]
    todo: queue.SimpleQueue[int] = queue.SimpleQueue()
    done = queue.SimpleQueue() if done is None else done
    for place in range(len(calls)):
        todo.put(place)

    def work() -> None:
        while True:
            try:
                place = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((place, _run(*calls[place])))
            except BaseException as error:  # SystemExit and the like go to the caller
                done.put((place, error))

    for number in range(min(max(1, parallel), len(calls))):
        context = contextvars.copy_context()
        threading.Thread(
            target=context.run, args=(work,), name=f"chimeric-tool-{number}", daemon=True
        ).start()
    results: dict[int, ToolExecutionResult] = {}
    while len(results) < len(calls):
        left = None if until is None else until - time.monotonic()
        try:
            place, result = done.get(timeout=None if left is None else max(0.0, left))
        except queue.Empty:
            raise RequestTimeoutError(
                "the tools were still running when the total time limit passed", phase="total"
            ) from None
        if isinstance(result, BaseException):
            raise result
        results[place] = result
    return [results[place] for place in range(len(calls))]


def _run(tool: Tool, call: ToolCall) -> ToolExecutionResult:
    """Run a call. No task is cancelled here, so a cancellation is the tool's own failure."""
    try:
        return run_tool(tool, call)
    except BaseException as error:
        if isinstance(error, cancellations()):
            return cancelled(call)
        raise
