"""One tool call: its arguments checked, the function called, its result put into words."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from chimeric.schema.function_schema import bind_arguments, bind_text
from chimeric.schema.json_values import encode_value
from chimeric.schema.type_guards import is_coroutine_function
from chimeric.values.chunks import ToolExecutionResult
from chimeric.values.messages import ToolCall
from chimeric.values.tools import Tool

__all__ = ["MAX_OUTPUT", "ToolRun", "cancellations", "cancelled"]

MAX_OUTPUT: Final = 1024 * 1024
"""Bytes of output that a model is given; a longer result becomes an error that tells its size."""

MAX_ERROR: Final = 4096
"""Characters of an exception's message that a model is given."""


class _RefusedError(Exception):
    """The call is not made; the text says why."""


class ToolRun:
    """One run of one call: what is the same whether the caller waits or awaits.

    Whatever goes wrong is a result with ``is_error`` that the model reads: a tool without a
    function, arguments that do not fit, an exception (``TypeName: message``, never a traceback),
    a result without a JSON form or over ``max_output`` bytes.
    """

    def __init__(self, tool: Tool, call: ToolCall, max_output: int = MAX_OUTPUT) -> None:
        self._tool = tool
        self._call = call
        self._max_output = max_output
        self._started = time.perf_counter()

    @property
    def is_async(self) -> bool:
        """Whether starting it returns at once, with something to await."""
        return is_coroutine_function(self._tool.function)

    def start(self) -> Any:
        """Check the call and make it; the value, or an awaitable of it."""
        tool = self._tool
        if tool.function is None:
            raise _RefusedError(f"the tool {tool.name!r} has no function to run here")
        try:
            bound = self._bound(tool.function)
        except (ValueError, TypeError) as error:
            raise _RefusedError(f"invalid arguments for {tool.name}: {error}") from error
        return bound()

    def _bound(self, function: Callable[..., Any]) -> Callable[[], Any]:
        """The function with the call's arguments, which fit its signature."""
        call = self._call
        if call.kind != "custom":
            return functools.partial(
                function, **bind_arguments(function, call.arguments, self._tool.parameters)
            )
        # The server says what kind a call is: free text goes only where it was asked for.
        if (self._tool.native or {}).get("type") != "custom":
            raise ValueError("it takes a JSON object, and was called with free text")
        return functools.partial(function, bind_text(function, call.arguments))

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
