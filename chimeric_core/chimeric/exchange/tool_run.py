"""One tool call: its arguments checked, the function called, its result put into words."""

from __future__ import annotations

import functools
import inspect
import sys
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from chimeric.schema.function_schema import bind_arguments, bind_text
from chimeric.schema.json_values import encode_value
from chimeric.schema.type_guards import is_coroutine_function, is_generator
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import Part, ToolCall
from chimeric.values.tools import Tool

if TYPE_CHECKING:
    from chimeric.values.context import Context

__all__ = ["MAX_OUTPUT", "ToolRun", "cancellations", "cancelled"]

MAX_OUTPUT: Final = 1024 * 1024
"""Bytes of output that a model is given; a longer result becomes an error that tells its size."""

MAX_ERROR: Final = 4096
"""Characters of an exception's message that a model is given."""


class _RefusedError(Exception):
    """The call is not made; the text says why."""


class ToolRun(msgspec.Struct, eq=False):
    """One run of one call: what is the same whether the caller waits or awaits.

    Whatever goes wrong is a result with ``is_error`` that the model reads: a tool without a
    function, arguments that do not fit, an exception (``TypeName: message``, never a traceback),
    a result without a JSON form or over ``max_output`` bytes.
    """

    tool: Tool
    call: ToolCall
    max_output: int = MAX_OUTPUT
    context: Context | None = None
    _started: float = msgspec.field(default_factory=time.perf_counter)

    @property
    def is_async(self) -> bool:
        """Whether starting it returns at once, with something to await or to iterate so."""
        function: Any = self.tool.function
        while isinstance(function, functools.partial):
            function = function.func
        if is_coroutine_function(function) or inspect.isasyncgenfunction(function):
            return True
        return inspect.isasyncgenfunction(getattr(function, "__call__", None))  # noqa: B004

    def start(self) -> Any:
        """Check the call and make it; the value, or what it comes from."""
        tool = self.tool
        if tool.function is None:
            raise _RefusedError(f"the tool {tool.name!r} has no function to run here")
        try:
            bound = self._bound(tool.function)
        except (ValueError, TypeError) as error:
            raise _RefusedError(f"invalid arguments for {tool.name}: {error}") from error
        return bound()

    def _bound(self, function: Callable[..., Any]) -> Callable[[], Any]:
        """The function with the call's arguments, which fit its signature."""
        from chimeric.values.context import Context  # what a parameter may ask for

        call, given = self.call, (Context, self.context)
        if call.kind != "custom":
            schema = self.tool.parameters
            bound = bind_arguments(function, call.arguments, given, schema)
            return functools.partial(function, **bound)
        # The server says what kind a call is: free text goes only where it was asked for.
        if (self.tool.native or {}).get("type") != "custom":
            raise ValueError("it takes a JSON object, and was called with free text")
        return bind_text(function, call.arguments, given)

    def begin(self) -> Generator[ToolExecutionResult, None, Any]:
        """Make the call: progress, then the result. What is to be awaited is returned instead."""
        try:
            value = self.start()
            if is_generator(value):
                value = yield from self._steps(value)
            if inspect.isawaitable(value) or inspect.isasyncgen(value):
                return value
        except BaseException as error:
            yield self.failed(error)
        else:
            yield self.returned(value)
        return None

    def _steps(self, generator: Generator[Any, Any, Any]) -> Generator[Any, None, Any]:
        """What a generator yields, as progress; what it returns, or else the last of it."""
        last: Any = None
        try:
            while True:
                try:
                    last = next(generator)
                except StopIteration as end:
                    return last if end.value is None else end.value
                yield self.progress(last)
        finally:
            generator.close()

    def progress(self, value: Any) -> ToolExecutionResult:
        """What a generator yielded on its way; no model is told, so any object may be shown."""
        try:
            text, *_ = _told(value)
        except Exception:
            text = _shown(value, repr)
        cut = text.encode("utf-8", "replace")[: self.max_output].decode("utf-8", "ignore")
        return self._result(cut, value, is_error=False, status="progress")

    def returned(self, value: Any) -> ToolExecutionResult:
        """The result of a function that returned ``value``."""
        try:
            output, parts, is_error, value = _told(value)
        except Exception as error:  # an object may do anything while it is encoded
            return self._result(f"the tool's result cannot be sent: {error}", value, is_error=True)
        # Text that no request could carry (lone surrogates) is mended here, where it comes from.
        encoded = output.encode("utf-8", "replace")
        if len(encoded) > self.max_output:
            text = (
                f"the tool's result is too long: {len(encoded)} bytes, "
                f"and at most {self.max_output} can be given; ask for less"
            )
            return self._result(text, value, is_error=True)
        return self._result(encoded.decode(), value, is_error=is_error, parts=parts)

    def failed(self, error: BaseException) -> ToolExecutionResult:
        """The result of a call that was refused, or of a function that raised.

        What asks for the whole run to end is raised again.
        """
        if isinstance(error, _passing()):
            raise error
        text = _shown(error, str)
        if not isinstance(error, _RefusedError):
            name = type(error).__name__
            text = f"{name}: {text}" if text else name
        text = text[:MAX_ERROR].encode("utf-8", "replace").decode()
        return self._result(text, None, is_error=True)

    def _result(
        self,
        output: str,
        value: Any,
        *,
        is_error: bool,
        status: Literal["progress", "completed"] = "completed",
        parts: tuple[Part, ...] = (),
    ) -> ToolExecutionResult:
        call, seconds = self.call, time.perf_counter() - self._started
        return ToolExecutionResult(
            call.id, call.name, call.arguments, output, is_error, value, seconds, status, parts
        )


def _told(value: Any) -> tuple[str, tuple[Part, ...], bool, Any]:
    """What a model is told (text, parts if there are others, whether it failed), and the value."""
    if isinstance(value, str):
        return value, (), False, value
    if isinstance(value, ToolExecutionResult):  # in the tool's own words
        return value.output, value.parts, value.is_error, value.value
    from chimeric.values.messages.tool_results import described, parts_of

    parts = parts_of(value)
    text = encode_value(value) if parts is None else described(parts)
    return text, parts or (), False, value


def _shown(value: Any, show: Callable[[Any], str]) -> str:
    """The text of an object, whose code is the tool's, too."""
    try:
        return show(value)[:MAX_ERROR]
    except Exception:
        return ""


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
