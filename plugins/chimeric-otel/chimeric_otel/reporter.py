"""Spans and metrics of calls.

Names are those of the OpenTelemetry semantic conventions for generative AI (status: development,
opentelemetry-semantic-conventions 0.66b): https://opentelemetry.io/docs/specs/semconv/gen-ai/.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider

from chimeric import CompletionResponse, Context, Request

from .content import messages_json, output_json, system_json

__all__ = ["CallSpan", "Reporter"]

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS = tuple(4**power for power in range(14))
PROVIDERS = {
    "google": "gcp.gemini",
    "grok": "x_ai",
    "mistral": "mistral_ai",
    "bedrock": "aws.bedrock",
}
"""Providers that the conventions call otherwise."""


class Reporter:
    """Makes the span of each call, and records the metrics at its end."""

    def __init__(
        self,
        tracer_provider: TracerProvider | None,
        meter_provider: MeterProvider | None,
        capture_content: bool | None,
    ) -> None:
        self._tracer = trace.get_tracer("chimeric", tracer_provider=tracer_provider)
        meter = metrics.get_meter("chimeric", meter_provider=meter_provider)
        self._capture = capture_content
        self.duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.first_chunk = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            unit="s",
            description="Time to receive the first chunk.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=TOKENS,
        )

    @property
    def captures(self) -> bool:
        """Whether messages are to stand in spans."""
        if self._capture is not None:
            return self._capture
        return os.environ.get(CAPTURE, "").lower() in ("true", "span_only", "span_and_event")

    def begin(self, request: Request) -> CallSpan:
        """Open the span of a call."""
        span = self._tracer.start_span(
            f"chat {request.model}", kind=SpanKind.CLIENT, attributes=request_attributes(request)
        )
        return CallSpan(self, span)


class CallSpan:
    """The open span of one call."""

    def __init__(self, reporter: Reporter, span: Span) -> None:
        self._reporter = reporter
        self._span = span
        self._began = time.monotonic()

    def finish(self, context: Context, response: CompletionResponse) -> None:
        """The call ended well, or its caller left it."""
        self._describe(context, response, "cancelled" if context.closed_early else "other")
        self._measure(context, response, {})
        self._span.end()

    def fail(self, context: Context, error: BaseException) -> None:
        """The call failed."""
        response = getattr(error, "partial", None)
        self._describe(context, response, "error")
        kind = type(error).__name__
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR, self._told_of(error)))
        self._measure(context, response, {"error.type": kind})
        self._span.end()

    def _told_of(self, error: BaseException) -> str:
        """What may be said of an error: its own text often quotes the prompt, or the answer."""
        kind = type(error).__name__
        if self._reporter.captures:
            return getattr(error, "message", kind)
        status = getattr(error, "status_code", None)
        return f"{kind} ({status})" if isinstance(status, int) else kind

    def _describe(self, context: Context, response: CompletionResponse | None, ending: str) -> None:
        span = self._span
        if not span.is_recording():
            return
        span.update_name(f"chat {context.request.model}")
        span.set_attributes(place_attributes(context))
        if context.streaming and context.first_content is not None:
            span.set_attribute("gen_ai.response.time_to_first_chunk", context.first_content)
        if response is not None:
            span.set_attributes(response_attributes(response))
        if self._reporter.captures:
            self._capture(context.request, response, ending)

    def _capture(self, request: Request, response: CompletionResponse | None, ending: str) -> None:
        if system := system_json(request):
            self._span.set_attribute("gen_ai.system_instructions", system)
        self._span.set_attribute("gen_ai.input.messages", messages_json(request))
        if response is not None:
            self._span.set_attribute("gen_ai.output.messages", output_json(response, ending))

    def _measure(
        self, context: Context, response: CompletionResponse | None, more: dict[str, Any]
    ) -> None:
        shared = {**place_attributes(context), **more}
        if response is not None and response.model:
            shared["gen_ai.response.model"] = response.model
        report = self._reporter
        report.duration.record(time.monotonic() - self._began, shared)
        if context.streaming and context.first_content is not None:
            report.first_chunk.record(context.first_content, shared)
        if response is None:
            return
        usage = response.usage
        for kind, count in (("input", usage.prompt_tokens), ("output", usage.completion_tokens)):
            if count is not None:
                report.tokens.record(count, {**shared, "gen_ai.token.type": kind})


def request_attributes(request: Request) -> dict[str, Any]:
    """What was asked for."""
    wanted = request.response_format
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": request.model,
        "gen_ai.request.stream": request.stream or None,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.stop_sequences": request.stop or None,
        "gen_ai.output.type": None
        if wanted is None
        else ("text" if wanted.kind == "text" else "json"),
    }
    return {name: value for name, value in told.items() if value is not None}


def place_attributes(context: Context) -> dict[str, Any]:
    """Who was asked, and where; spans and metrics share them."""
    told: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": context.request.model,
    }
    if context.provider:
        told["gen_ai.provider.name"] = PROVIDERS.get(context.provider, context.provider)
    url = urlsplit(context.base_url)
    if url.hostname:
        told["server.address"] = url.hostname
        told["server.port"] = url.port or (443 if url.scheme == "https" else 80)
    return told


def response_attributes(response: CompletionResponse) -> dict[str, Any]:
    """What came of it; counts that the provider did not send are left out."""
    usage = response.usage
    told = {
        "gen_ai.response.id": response.metadata.get("id"),
        "gen_ai.response.model": response.model,
        "gen_ai.response.finish_reasons": response.finish_reason and [response.finish_reason],
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
    }
    return {name: value for name, value in told.items() if value is not None}
