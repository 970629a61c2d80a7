"""Tool calls of one turn in tasks, for the async driver (asyncio or trio)."""

from __future__ import annotations

import inspect
import math
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, suppress
from functools import partial
from typing import Any

import anyio

from chimeric.exchange.effects import GRACE, RunTools
from chimeric.exchange.tool_run import MAX_OUTPUT, ToolRun, cancelled
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.context import Context
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

from .daemon_thread import in_daemon_thread
from .event_loop import current_waker, start_task
from .tool_threads import ROOM, late

__all__ = ["ToolTasks", "arun_tool"]


class ToolTasks:
    """The calls of one turn in tasks of their own, at most so many at a time.

    They go on whatever their reader does. ``end`` cancels async tools; a sync tool runs in a
    daemon thread, which is left behind, and closes a generator at its next step.
    """

    def __init__(self, effect: RunTools) -> None:
        self._until = effect.until
        self._results: deque[tuple[int, Any]] = deque()
        self._came = anyio.Event()
        self._over = anyio.Event()
        self._tools = [
            _ToolTask(ToolRun(tool, call, context=effect.context), call, partial(self._put, place))
            for place, (tool, call) in enumerate(effect.calls)
        ]
        self._waiting = iter(self._tools)
        self._gate = anyio.Semaphore(max(1, effect.parallel))
        self._scope = anyio.CancelScope()
        self._wake = current_waker()
        start_task(self._run)

    async def next(self) -> tuple[int, ToolExecutionResult]:
        """The next result of any call, when it is there.

        Raises:
            RequestTimeoutError: when the time passes.
        """
        left = math.inf if self._until is None else self._until - time.monotonic()
        with anyio.move_on_after(left):
            while not self._results:
                self._came = anyio.Event()
                await self._came.wait()
        if left <= 0 or not self._results:
            raise late()
        place, result = self._results.popleft()
        if isinstance(result, BaseException):
            raise result
        self._tools[place].taken()
        return place, result

    def end(self) -> None:
        """Cancel what runs, from any thread; nothing further begins."""
        for tool in self._tools:
            tool.end()
        self._wake(self._scope.cancel)

    async def ended(self) -> None:
        """Wait for the tasks to end, for a moment."""
        with anyio.move_on_after(GRACE, shield=True):
            await self._over.wait()

    def _put(self, place: int, result: Any) -> None:
        self._results.append((place, result))
        self._came.set()

    async def _run(self) -> None:
        """All calls, in a task that nobody awaits: nothing is raised."""
        try:
            with self._scope:
                async with anyio.create_task_group() as group:
                    for _ in self._tools:
                        group.start_soon(self._run_next)
        finally:
            self._over.set()

    async def _run_next(self) -> None:
        async with self._gate:
            tool = next(self._waiting)  # in the calls' order: trio starts tasks in any
            try:
                await tool.run()
            except anyio.get_cancelled_exc_class():
                if not tool.ended:  # by the tool itself
                    tool.put(cancelled(tool.call))
                raise
            except BaseException as error:  # SystemExit and the like go to the caller
                tool.put(error)


class _ToolTask:
    """One call in a task; what comes of it is put where ``put`` puts it, in the loop's thread."""

    def __init__(self, run: ToolRun, call: ToolCall, put: Callable[[Any], None]) -> None:
        self._run = run
        self._room = threading.Semaphore(ROOM)
        self._async_room: anyio.Semaphore | None = None
        self._wake = current_waker()
        self.call = call
        self.put = put
        self.ended = False

    def taken(self) -> None:
        """One thing that was put down has been taken."""
        (self._async_room or self._room).release()

    def end(self) -> None:
        """Close a generator in a thread at its next step."""
        self.ended = True
        self._room.release()  # whoever waits for it finds out

    async def run(self) -> None:
        """Make the call. An async tool is cancelled with this task."""
        if self.ended:
            return
        run, steps = self._run, self._run.begin()
        if run.is_async:
            rest = self._begun(steps)
        else:
            rest = await in_daemon_thread(partial(self._in_thread, steps))
        if rest is None:
            return
        try:
            value = await (self._last(rest) if inspect.isasyncgen(rest) else rest)
        except BaseException as error:
            result = run.failed(error)
        else:
            result = run.returned(value)
        self.put(result)

    async def _last(self, generator: AsyncGenerator[Any, Any]) -> Any:
        """Put down what an async generator yields, as progress; the last of it."""
        self._async_room = room = anyio.Semaphore(ROOM)
        value = None
        async with aclosing(generator):
            async for value in generator:
                if isinstance(value, ToolExecutionResult):
                    break
                await room.acquire()
                self.put(self._run.progress(value))
        return value

    def _begun(self, steps: Generator[ToolExecutionResult, None, Any]) -> Any:
        """What an async function is to be awaited by; a refusal is put down."""
        try:
            while True:
                self.put(next(steps))
        except StopIteration as end:
            return end.value

    def _in_thread(self, steps: Generator[ToolExecutionResult, None, Any]) -> Any:
        """Run a sync tool; what has to be awaited is returned."""
        try:
            while True:
                result = next(steps)
                if result.status == "progress":
                    self._room.acquire()
                self._wake(partial(self.put, result))
                if self.ended:
                    with suppress(Exception):
                        steps.close()
                    return None
        except StopIteration as end:
            return end.value


async def arun_tool(
    tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT, context: Context | None = None
) -> ToolExecutionResult:
    """Run a finished call, under asyncio or trio, and tell what became of it.

    An async function runs in this task and is cancelled with it. Any other one runs in a daemon
    thread, so that it cannot block the loop; on cancellation it is left behind and what it
    returns is thrown away.
    """
    results: list[ToolExecutionResult] = []

    def put(result: ToolExecutionResult) -> None:
        results[:] = [result]
        task.taken()

    task = _ToolTask(ToolRun(tool, call, max_output, context), call, put)
    try:
        await task.run()
    finally:
        task.end()
    return results[0]
