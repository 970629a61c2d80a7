"""Where spans and metrics go, and whether what was said may stand in them."""

from __future__ import annotations

import os

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from chimeric import Context

from .call import CallTrace
from .conventions import has_former_names
from .instruments import Instruments

__all__ = ["Reporter"]

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Reporter:
    """Traces calls.

    Attributes:
        tracer: makes spans.
        instruments: take the metrics.
        former: whether the names of the conventions before are used, too.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        capture_content: bool | None,
    ) -> None:
        self._tracers = tracer_provider
        self._meters = meter_provider
        self._capture = capture_content
        self.former = has_former_names()
        self.tracer = trace.get_tracer("chimeric", tracer_provider=tracer_provider)
        meter = metrics.get_meter("chimeric", meter_provider=meter_provider)
        self.instruments = Instruments(meter, former=self.former)

    @property
    def captures(self) -> bool:
        """Whether messages are to stand in spans."""
        if self._capture is not None:
            return self._capture
        return os.environ.get(CAPTURE, "").lower() in ("true", "span_only", "span_and_event")

    def trace(self, context: Context) -> CallTrace | None:
        """What traces a call; None where nobody would see it."""
        tracers = self._tracers or trace.get_tracer_provider()
        meters = self._meters or metrics.get_meter_provider()
        return CallTrace(self, context) if _is_real(tracers) or _is_real(meters) else None


def _is_real(provider: object) -> bool:
    """Whether it is more than the API's own, which stands for none."""
    return not type(provider).__module__.startswith(
        ("opentelemetry.trace", "opentelemetry.metrics")
    )
