"""Tool calls of one turn in tasks, for the async driver (asyncio or trio)."""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Sequence

import anyio

from chimeric.errors import RequestTimeoutError
from chimeric.exchange.tool_run import MAX_OUTPUT, ToolRun, cancelled
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

from .daemon_thread import Outcome, in_daemon_thread

__all__ = ["arun_tool", "run_in_tasks"]


async def run_in_tasks(
    calls: Sequence[tuple[Tool, ToolCall]], parallel: int, until: float | None
) -> list[ToolExecutionResult]:
    """Run the calls, at most ``parallel`` at a time, and return their results in order.

    Cancelling cancels async tools; a sync tool runs in a daemon thread, which is left behind.

    Raises:
        RequestTimeoutError: when ``until`` passes.
    """
    results: dict[int, ToolExecutionResult] = {}
    failures: list[BaseException] = []
    gate = anyio.Semaphore(max(1, parallel))

    async def work(place: int) -> None:
        async with gate:
            try:
                results[place] = await arun_tool(*calls[place])
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:  # SystemExit and the like go to the caller
                failures.append(error)
                group.cancel_scope.cancel()

    # anyio's clock is the loop's own: turn the monotonic time into seconds from now.
    seconds = math.inf if until is None else max(0.0, until - time.monotonic())
    with anyio.move_on_after(seconds) as scope:
        async with anyio.create_task_group() as group:
            for place in range(len(calls)):
                group.start_soon(work, place)
    if failures:
        raise failures[0]
    if scope.cancelled_caught:
        raise RequestTimeoutError(
            "the tools were still running when the total time limit passed", phase="total"
        )
    # What has no result here was cancelled by the tool itself: the group was not.
    return [results.get(place) or cancelled(call) for place, (_, call) in enumerate(calls)]


async def arun_tool(
    tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT
) -> ToolExecutionResult:
    """Run a finished call, under asyncio or trio, and tell what became of it.

    An async function runs in this task and is cancelled with it. Any other one runs in a daemon
    thread, so that it cannot block the loop; on cancellation it is left behind and what it
    returns is thrown away.
    """
    run = ToolRun(tool, call, max_output)

    def start() -> Outcome:
        try:
            return run.start(), None
        except BaseException as error:  # StopIteration does not pass a coroutine's end
            return None, error

    try:
        value, error = start() if run.is_async else await in_daemon_thread(start)
        if error is not None:
            return run.failed(error)
        if inspect.isawaitable(value):
            value = await value
    except BaseException as error:
        return run.failed(error)
    return run.returned(value)
