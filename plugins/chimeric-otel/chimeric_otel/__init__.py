"""OpenTelemetry spans and metrics of every call, by the semantic conventions for generative AI.

Installed in a program that uses OpenTelemetry it works by itself: it reports to the global
providers. Pass ``Telemetry(...)`` to a client to report elsewhere.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from chimeric import hookimpl

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from chimeric import CompletionResponse, Context, Request

    from .reporter import Reporter

__all__ = [
    "Telemetry",
    "chimeric_prepare_request",
    "chimeric_stream_failed",
    "chimeric_stream_finished",
]


KEY = "otel"
"""Where a call's open span is kept in ``context.state``."""


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
    def chimeric_prepare_request(self, request: Request, context: Context) -> None:
        """Open the span of a call at its first turn."""
        if KEY not in context.state:
            context.state[KEY] = self._reporter.begin(request)

    @hookimpl
    def chimeric_stream_finished(self, context: Context, response: CompletionResponse) -> None:
        """Close the span."""
        _finish(context, response)

    @hookimpl
    def chimeric_stream_failed(self, context: Context, error: BaseException) -> None:
        """Close the span with its error."""
        _fail(context, error)


def _finish(context: Context, response: CompletionResponse) -> None:
    span = context.state.pop(KEY, None)
    if span is not None:
        span.finish(context, response)


def _fail(context: Context, error: BaseException) -> None:
    span = context.state.pop(KEY, None)
    if span is not None:
        span.fail(context, error)


@lru_cache(maxsize=1)
def _global_reporter() -> Reporter:
    from .reporter import Reporter

    return Reporter(None, None, None)


chimeric_api = (2, 2)


@hookimpl
def chimeric_prepare_request(request: Request, context: Context) -> None:
    """Open the span of a call, if the program uses OpenTelemetry at all."""
    if "opentelemetry" in sys.modules and KEY not in context.state:
        context.state[KEY] = _global_reporter().begin(request)


@hookimpl
def chimeric_stream_finished(context: Context, response: CompletionResponse) -> None:
    """Close the span."""
    _finish(context, response)


@hookimpl
def chimeric_stream_failed(context: Context, error: BaseException) -> None:
    """Close the span with its error."""
    _fail(context, error)
