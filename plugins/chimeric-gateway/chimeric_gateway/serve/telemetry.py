"""Reports calls to OpenTelemetry, through chimeric-otel."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from chimeric_gateway.config import ConfigError

__all__ = ["Traced", "begin"]

Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

NAME = "OTEL_SERVICE_NAME"


def begin() -> None:
    """Set up the global providers as the variables of OpenTelemetry say, where nobody has yet.

    It comes before the first client is made: chimeric-otel then sees attempts that fail, too.

    Raises:
        ConfigError: when what sends spans and metrics is not installed.
    """
    try:
        from opentelemetry import metrics, trace
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigError(
            f"otel = true needs {error.name}: pip install 'chimeric-gateway[otel]'"
        ) from error
    os.environ.setdefault(NAME, "chimeric-gateway")
    # The proxy stands there until somebody sets one: `opentelemetry-instrument`, or us.
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        spans = TracerProvider()
        spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        trace.set_tracer_provider(spans)
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))


class Traced:
    """An application whose spans are children of the one that a client names (``traceparent``)."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request within the client's trace, if it has one."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        from opentelemetry import context
        from opentelemetry.propagate import extract

        names = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        token = context.attach(extract(names))
        try:
            await self._application(scope, receive, send)
        finally:
            context.detach(token)
