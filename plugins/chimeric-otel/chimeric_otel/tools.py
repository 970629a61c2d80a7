"""A span around each tool that runs, current inside it: what the tool opens is its child."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

import msgspec
from opentelemetry.context import Context as SpanContexts
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, use_span

from chimeric import Request, Tool, ToolCall

from .content import plain_json
from .turn import Began, error_type, told_of

if TYPE_CHECKING:
    from .reporter import Reporter

__all__ = ["Tools"]


class Tools:
    """The tools of one call.

    Args:
        reporter: where their spans go.
        parent: the context of the call's span.
    """

    def __init__(self, reporter: Reporter, parent: SpanContexts) -> None:
        self._reporter = reporter
        self._parent = parent
        self._lock = threading.Lock()
        self._wanted: list[ToolCall] = []
        self._open: set[_Run] = set()
        self._over = False

    def traced(self, request: Request) -> Request | None:
        """The request with tools that have spans, or None where there are none to run."""
        if not any(tool.function is not None for tool in request.tools):
            return None
        return request.replace(tools=tuple(map(self._traced, request.tools)))

    def want(self, calls: Sequence[ToolCall]) -> None:
        """These calls may be run next: each run is one of them."""
        with self._lock:
            self._wanted += calls

    def forget(self) -> None:
        """What has not run by now does not run any more."""
        with self._lock:
            self._wanted.clear()

    def end(self) -> None:
        """The call is over: what still runs is nobody's any more."""
        with self._lock:
            self._over = True
            left = list(self._open)
        for run in left:
            run.end("cancelled")

    def _traced(self, tool: Tool) -> Tool:
        if tool.function is None:
            return tool
        begin = functools.partial(self._begin, tool)
        return msgspec.structs.replace(tool, function=traced(tool.function, begin))

    def _begin(self, tool: Tool, arguments: Mapping[str, Any]) -> _Run:
        told: dict[str, Any] = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool.name,
            "gen_ai.tool.type": "function",
        }
        if tool.description:
            told["gen_ai.tool.description"] = tool.description
        call = self._claimed(tool.name, arguments)
        if call is not None:
            told["gen_ai.tool.call.id"] = call.id
            if self._reporter.captures:
                told["gen_ai.tool.call.arguments"] = call.arguments
        span = self._reporter.tracer.start_span(
            f"execute_tool {tool.name}",
            context=self._parent,
            kind=SpanKind.INTERNAL,
            attributes=told,
        )
        run = _Run(self._reporter, tool.name, span, self._closed)
        with self._lock:
            self._open.add(run)
            over = self._over
        if over:
            run.end("cancelled")
        return run

    def _claimed(self, name: str, arguments: Mapping[str, Any]) -> ToolCall | None:
        """The call that a run answers: that of the same arguments, else the first of the name."""
        with self._lock:
            same = [call for call in self._wanted if call.name == name]
            if not same:
                return None
            call = max(same, key=lambda call: _likeness(call, arguments)) if same[1:] else same[0]
            self._wanted = [other for other in self._wanted if other is not call]
            return call

    def _closed(self, run: _Run) -> None:
        with self._lock:
            self._open.discard(run)


class _Run:
    """The open span of one run. It ends once: with the tool, or with the call."""

    def __init__(
        self, reporter: Reporter, name: str, span: Span, closed: Callable[[_Run], None]
    ) -> None:
        self._reporter = reporter
        self._name = name
        self._span = span
        self._closed = closed
        self._began = Began()
        self._lock = threading.Lock()
        self._ended = False

    def inside(self) -> AbstractContextManager[Span]:
        """The span is the current one; no exception is recorded, whose text may quote a prompt."""
        return use_span(self._span, record_exception=False, set_status_on_exception=False)

    def returned(self, value: Any) -> Any:
        """The tool has returned; the value."""
        if self._reporter.captures and self._span.is_recording():
            self._span.set_attribute("gen_ai.tool.call.result", plain_json(value))
        self.end(None)
        return value

    def raised(self, error: BaseException) -> None:
        """The tool has raised."""
        self.end(error_type(error), told_of(error, self._reporter.captures))

    def end(self, kind: str | None, text: str | None = None) -> None:
        """End the span, unless it has ended."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
        error = {} if kind is None else {"error.type": kind}
        if kind is not None:
            self._span.set_attribute("error.type", kind)
            self._span.set_status(Status(StatusCode.ERROR, text or kind))
        seconds = Began().at - self._began.at
        self._reporter.instruments.tool(self._name, seconds, error)
        self._span.end()
        self._closed(self)


def traced(
    function: Callable[..., Any], begin: Callable[[Mapping[str, Any]], _Run]
) -> Callable[..., Any]:
    """A function of the same signature and kind whose runs have spans."""
    if isinstance(function, functools.partial):  # what it has bound stays out of a model's reach
        inner = traced(function.func, begin)
        return functools.partial(inner, *function.args, **function.keywords)
    called = getattr(function, "__call__", None)  # noqa: B004 -- of an object, not a test
    if inspect.isasyncgenfunction(function) or inspect.isasyncgenfunction(called):
        return _traced_generator(function, begin)
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called):
        return _traced_coroutine(function, begin)

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        span = begin(kwargs)
        try:
            with span.inside():
                value = function(*args, **kwargs)
        except BaseException as error:
            span.raised(error)
            raise
        if inspect.isgenerator(value):
            return _steps(value, span)
        if inspect.isasyncgen(value):
            return _async_steps(value, span)
        return _awaited(value, span) if inspect.isawaitable(value) else span.returned(value)

    return run


def _traced_coroutine(
    function: Callable[..., Any], begin: Callable[[Mapping[str, Any]], _Run]
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        span = begin(kwargs)
        try:
            with span.inside():
                value = await function(*args, **kwargs)
        except BaseException as error:
            span.raised(error)
            raise
        return span.returned(value)

    return run


def _traced_generator(
    function: Callable[..., Any], begin: Callable[[Mapping[str, Any]], _Run]
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        steps = _async_steps(function(*args, **kwargs), begin(kwargs))
        try:
            async for item in steps:
                yield item
        finally:
            await steps.aclose()

    return run


async def _awaited(awaitable: Awaitable[Any], span: _Run) -> Any:
    try:
        with span.inside():
            value = await awaitable
    except BaseException as error:
        span.raised(error)
        raise
    return span.returned(value)


def _steps(generator: Generator[Any, Any, Any], span: _Run) -> Generator[Any, None, Any]:
    """The steps of a generator, the span being current in each of them, and nowhere between."""
    last: Any = None
    try:
        while True:
            try:
                with span.inside():
                    last = next(generator)
            except StopIteration as end:
                span.returned(last if end.value is None else end.value)
                return end.value
            yield last
    except BaseException as error:
        span.raised(error)
        raise
    finally:
        with span.inside():
            generator.close()


async def _async_steps(
    generator: AsyncGenerator[Any, Any], span: _Run
) -> AsyncGenerator[Any, None]:
    last: Any = None
    try:
        while True:
            try:
                with span.inside():
                    last = await anext(generator)
            except StopAsyncIteration:
                span.returned(last)
                return
            yield last
    except BaseException as error:
        span.raised(error)
        raise
    finally:
        with span.inside():
            await generator.aclose()


def _likeness(call: ToolCall, arguments: Mapping[str, Any]) -> int:
    """How many arguments of a call a run was given."""
    try:
        told: Any = msgspec.json.decode(call.arguments)
    except msgspec.DecodeError:
        return 0
    if not isinstance(told, dict):
        return 0
    wanted = cast("dict[str, Any]", told)
    return sum(name in arguments and _plain(arguments[name]) == wanted[name] for name in wanted)


def _plain(value: Any) -> Any:
    try:
        return msgspec.to_builtins(value)
    except Exception:  # an object of the tool's own
        return value
