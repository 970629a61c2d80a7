"""OpenTelemetry spans and metrics of every call, by the semantic conventions for generative AI.

Installed in a program that uses OpenTelemetry it works by itself: it reports to the global
providers. Pass ``Telemetry(...)`` to a client to report elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chimeric import hookimpl

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from chimeric import CompletionResponse, Context, Request, StreamProcessor, ToolCall

    from .call import CallTrace

__all__ = [
    "Telemetry",
    "chimeric_call_tool",
    "chimeric_prepare_request",
    "chimeric_stream_failed",
    "chimeric_stream_finished",
    "chimeric_stream_processor",
]


KEY = "otel"
"""Where a call's open spans are kept in ``context.state``."""


class Telemetry:
    """A plugin for ``Chimeric(plugins=[...])``; with it, the global providers get nothing of this
    client.

    Args:
        tracer_provider: where spans go; the global one by default.
        meter_provider: where metrics go; the global one by default.
        capture_content: whether messages stand in the spans; by default as
            ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says.

    Example:
        .. code-block:: python

            client = Chimeric(plugins=[Telemetry(tracer_provider=my_provider)])
    """

    chimeric_phase = "record"

    def __init__(
        self,
        *,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        capture_content: bool | None = None,
    ) -> None:
        from .reporter import Reporter

        self._reporter = Reporter(tracer_provider, meter_provider, capture_content)

    @hookimpl(tryfirst=True)
    def chimeric_stream_processor(self, context: Context) -> StreamProcessor | None:
        """Begin to trace a call: what looks at its chunks."""
        if KEY in context.state:
            return None
        trace = self._reporter.trace(context)
        if trace is not None:
            context.state[KEY] = trace
        return trace

    @hookimpl(trylast=True)
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request | None:
        """Open the span of a turn; last, so that the tools of other plugins have spans, too."""
        trace = self._trace(context)
        return None if trace is None else trace.prepared(request)

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None] | None:
        """Note an attempt that fails, and one that another model takes over."""
        trace = self._trace(context)
        return None if trace is None else trace.attempts()

    @hookimpl(trylast=True)
    def chimeric_call_tool(self, call: ToolCall, context: Context) -> None:
        """Note the id of a call that nobody has denied."""
        trace = self._trace(context)
        if trace is not None:
            trace.wanted(call)

    @hookimpl
    def chimeric_stream_finished(self, context: Context, response: CompletionResponse) -> None:
        """Close the spans."""
        trace = self._trace(context)
        if trace is not None:
            del context.state[KEY]  # each of the two knows the other
            trace.finished(response)

    @hookimpl
    def chimeric_stream_failed(self, context: Context, error: BaseException) -> None:
        """Close the spans with the error."""
        trace = self._trace(context)
        if trace is not None:
            del context.state[KEY]
            trace.failed(error)

    def _trace(self, context: Context) -> CallTrace | None:
        """What traces a call, if it is this plugin's to trace."""
        trace: CallTrace | None = context.state.get(KEY)
        return trace if trace is not None and trace.reporter is self._reporter else None


@lru_cache(maxsize=1)
def installed() -> Telemetry:
    """What reports to the global providers."""
    return Telemetry()


chimeric_api = (2, 2)
chimeric_phase = "record"

if "opentelemetry" in sys.modules:
    # It costs each call something, whatever it does. Where OpenTelemetry is loaded later, attempts
    # that fail are not told one by one.
    from .attempts import chimeric_attempt as chimeric_attempt


@hookimpl
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """Begin to trace a call, if the program uses OpenTelemetry at all."""
    if "opentelemetry" not in sys.modules or KEY in context.state:
        return None
    return installed().chimeric_stream_processor(context)


@hookimpl(trylast=True)
def chimeric_prepare_request(request: Request, context: Context) -> Request | None:
    """Open the span of a turn."""
    if KEY not in context.state:
        return None
    return installed().chimeric_prepare_request(request, context)


@hookimpl(trylast=True)
def chimeric_call_tool(call: ToolCall, context: Context) -> None:
    """Note the id of a tool's call."""
    if KEY in context.state:
        installed().chimeric_call_tool(call, context)


@hookimpl
def chimeric_stream_finished(context: Context, response: CompletionResponse) -> None:
    """Close the spans."""
    if KEY in context.state:
        installed().chimeric_stream_finished(context, response)


@hookimpl
def chimeric_stream_failed(context: Context, error: BaseException) -> None:
    """Close the spans with the error."""
    if KEY in context.state:
        installed().chimeric_stream_failed(context, error)
