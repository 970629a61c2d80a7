"""One tool call: its arguments checked, the function run, its result put into words."""

from __future__ import annotations

import contextvars
import functools
import inspect
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from chimeric.schema.function_schema import bind_arguments
from chimeric.schema.json_values import encode_value
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

__all__ = ["MAX_OUTPUT", "arun_tool", "cancellations", "cancelled", "run_tool"]

MAX_OUTPUT: Final = 1024 * 1024
"""Bytes of output that a model is given; a longer result becomes an error that tells its size."""

MAX_ERROR: Final = 4096
"""Characters of an exception's message that a model is given."""


class _RefusedError(Exception):
    """The call is not made; the text says why."""


def run_tool(tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT) -> ToolExecutionResult:
    """Run a finished call, in this thread, and tell what became of it.

    Whatever goes wrong is a result with ``is_error`` that the model reads: a tool without a
    function, arguments that do not fit, an exception (``TypeName: message``, never a traceback),
    a result without a JSON form or over ``max_output`` bytes. An async function runs on an event
    loop of its own.

    Raises:
        SystemExit, KeyboardInterrupt, CancelledError: as the tool raised them.

    Example:
        >>> def add(a: int, b: int) -> int: return a + b
        >>> run_tool(Tool.from_function(add), ToolCall("1", "add", '{"a": 1, "b": 2}')).output
        '3'
    """
    run = _Run(tool, call, max_output)
    try:
        value = run.start()
        if inspect.isawaitable(value):
            value = _wait_for(value)
    except BaseException as error:
        return run.failed(error)
    return run.returned(value)


async def arun_tool(
    tool: Tool, call: ToolCall, *, max_output: int = MAX_OUTPUT
) -> ToolExecutionResult:
    """The same for an async caller, under asyncio or trio.

    An async function runs in this task and is cancelled with it. Any other one runs in a worker
    thread, so that it cannot block the loop; on cancellation it is left behind and what it
    returns is thrown away.
    """
    run = _Run(tool, call, max_output)
    try:
        if run.is_async:
            value = run.start()
        else:
            value, error = await _in_thread(run.start)
            if error is not None:
                return run.failed(error)
        if inspect.isawaitable(value):
            value = await value
    except BaseException as error:
        return run.failed(error)
    return run.returned(value)


class _Run:
    """All that is the same whether the caller waits or awaits."""

    def __init__(self, tool: Tool, call: ToolCall, max_output: int) -> None:
        self._tool = tool
        self._call = call
        self._max_output = max_output
        self._started = time.perf_counter()

    @property
    def is_async(self) -> bool:
        """Whether starting it returns at once, with something to await."""
        function: Any = self._tool.function
        while isinstance(function, functools.partial):
            function = function.func
        return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004 -- not a test for being callable
        )

    def start(self) -> Any:
        """Check the call and make it; the value, or an awaitable of it."""
        tool, call = self._tool, self._call
        if tool.function is None:
            raise _RefusedError(f"the tool {tool.name!r} has no function to run here")
        if call.kind == "custom":
            return tool.function(call.arguments)
        try:
            arguments = bind_arguments(tool.function, call.arguments)
        except (ValueError, TypeError) as error:
            raise _RefusedError(f"invalid arguments for {tool.name}: {error}") from error
        return tool.function(**arguments)

    def returned(self, value: Any) -> ToolExecutionResult:
        """The result of a function that returned ``value``."""
        try:
            output = encode_value(value)
        except Exception as error:  # an object may do anything while it is encoded
            return self._result(f"the tool's result cannot be sent: {error}", value, is_error=True)
        # Text that no request could carry (lone surrogates) is mended here, where it comes from.
        encoded = output.encode("utf-8", "replace")
        if len(encoded) > self._max_output:
            text = (
                f"the tool's result is too long: {len(encoded)} bytes, "
                f"and at most {self._max_output} can be given; ask for less"
            )
            return self._result(text, value, is_error=True)
        return self._result(encoded.decode(), value, is_error=False)

    def failed(self, error: BaseException) -> ToolExecutionResult:
        """The result of a call that was refused, or of a function that raised.

        What asks for the whole run to end is raised again.
        """
        if isinstance(error, _passing()):
            raise error
        try:
            text = str(error)
        except Exception:  # an exception's __str__ is the tool's code too
            text = ""
        if not isinstance(error, _RefusedError):
            name = type(error).__name__
            text = f"{name}: {text}" if text else name
        text = text[:MAX_ERROR].encode("utf-8", "replace").decode()
        return self._result(text, None, is_error=True)

    def _result(self, output: str, value: Any, *, is_error: bool) -> ToolExecutionResult:
        return ToolExecutionResult(
            call_id=self._call.id,
            name=self._call.name,
            arguments=self._call.arguments,
            output=output,
            is_error=is_error,
            value=value,
            duration=time.perf_counter() - self._started,
        )


def cancelled(call: ToolCall) -> ToolExecutionResult:
    """The result of a tool that ended in a cancellation which nobody asked of the whole call."""
    text = "the tool was cancelled before it came to a result"
    return ToolExecutionResult(call.id, call.name, call.arguments, text, is_error=True)


def cancellations() -> tuple[type[BaseException], ...]:
    """What cancels a task, asked of the loops that are loaded."""
    names = (("asyncio", "CancelledError"), ("trio", "Cancelled"))
    kinds = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return tuple(kind for kind in kinds if kind is not None)


def _passing() -> tuple[type[BaseException], ...]:
    """What no tool can turn into a result."""
    return (SystemExit, KeyboardInterrupt, GeneratorExit, *cancellations())


async def _in_thread(start: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Run ``start`` in a worker thread; what it returned, or what it raised.

    As a value, because StopIteration and SystemExit do not travel well between threads.
    """
    from anyio import to_thread

    def guarded() -> tuple[Any, BaseException | None]:
        try:
            return start(), None
        except BaseException as error:
            return None, error

    return await to_thread.run_sync(guarded, abandon_on_cancel=True)


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
    from concurrent.futures import ThreadPoolExecutor

    context = contextvars.copy_context()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(context.run, asyncio.run, result()).result()
