"""The span of one turn: an inference, with all its attempts."""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import Span, SpanContext, Status, StatusCode

from chimeric import CompletionResponse, Context, Outcome, StreamChunk, Usage

from .attributes import place_attributes
from .usage import billed, usage_attributes

if TYPE_CHECKING:
    from .reporter import Reporter

__all__ = ["Began", "Turn", "error_type", "told_of"]


class Began:
    """When something began, by both clocks: spans have the time of day, durations must not."""

    def __init__(self, ago: float = 0.0) -> None:
        self.at = time.monotonic() - ago
        self.ns = time.time_ns() - int(ago * 1e9)

    def since(self, at: float) -> int:
        """A moment of the monotonic clock as a span's time."""
        return self.ns + int((at - self.at) * 1e9)


class Turn:
    """The open span of a turn, and what has been seen of its answer.

    Attributes:
        at_end: when its last chunk came (monotonic), or None.
        finish_reason: the unified reason, or None.
    """

    def __init__(self, reporter: Reporter, span: Span, context: Context, began: Began) -> None:
        self._reporter = reporter
        self._span = span
        self._context = context
        self._began = began
        self._place = ("", "")
        self._attempts = 0
        self._last: float | None = None
        self._first: float | None = None
        self._gaps: array[float] = array("d")
        self._usage: Usage | None = None
        self._native: Any = None
        self._told: dict[str, Any] = {}
        self.at_end: float | None = None
        self.finish_reason: str | None = None

    @property
    def link(self) -> SpanContext:
        """What another span links to this one by."""
        return self._span.get_span_context()

    # --- what passes ----------------------------------------------------------------------------

    def see(self, chunk: StreamChunk) -> None:
        """Note when a chunk came, and what it tells of the turn."""
        if chunk.delta and chunk.finish_reason is None:
            self._came()
            return
        if chunk.tool_results:
            return
        if chunk.usage is not None:
            self._usage = chunk.usage
        told = chunk.metadata
        if told:
            self._learn(told.get("id"), told.get("model"))
        if chunk.finish_reason is None:
            if _has_content(chunk):
                self._came()
            return
        self.at_end = time.monotonic()
        self.finish_reason = chunk.finish_reason
        self._native = told.get("usage_native")

    def learn(self, response: CompletionResponse) -> None:
        """Take what no chunk of a turn that broke has told from the answer as far as it came."""
        if not self._told:
            self._learn(response.metadata.get("id"), response.model)

    def _learn(self, identity: Any, model: Any) -> None:
        for name, value in (("id", identity), ("model", model)):
            if isinstance(value, str) and value:
                self._told[f"gen_ai.response.{name}"] = value

    def _came(self) -> None:
        now = time.monotonic()
        if self._last is not None:
            self._gaps.append(now - self._last)
        else:
            self._first = now - self._began.at
        self._last = now

    def attempted(self) -> None:
        """An attempt begins: the first, a retry, or one of another model."""
        context = self._context
        place = (context.endpoint or context.provider, context.request.model)
        if self._attempts and place != self._place:
            self._span.add_event("chimeric.fallback", place_attributes(context))
        self._place = place
        self._attempts += 1

    def failed(self, outcome: Outcome) -> None:
        """An attempt has failed."""
        told: dict[str, Any] = {
            **place_attributes(self._context),
            "error.type": error_type(outcome.error),
            "http.request.resend_count": self._attempts - 1,
        }
        if outcome.status is not None:
            told["http.response.status_code"] = outcome.status
        self._span.add_event("chimeric.attempt.failed", told)

    # --- its end --------------------------------------------------------------------------------

    def end(self, error: BaseException | None, messages: dict[str, str]) -> None:
        """The turn is over. ``messages`` are attributes that tell what was said, if they may."""
        now = time.monotonic()
        at = now if error is not None or self.at_end is None else self.at_end
        place, context = place_attributes(self._context), self._context
        failed = {} if error is None else {"error.type": error_type(error)}
        told, span = self._told, self._span
        if span.is_recording():
            span.update_name(f"chat {context.request.model}")
            span.set_attributes({**place, **told, **self._counts(), **messages, **failed})
            if reasons := self._reasons(error):
                span.set_attribute("gen_ai.response.finish_reasons", reasons)
            if context.streaming and self._first is not None:
                span.set_attribute("gen_ai.response.time_to_first_chunk", self._first)
            if self._attempts > 1:
                span.set_attribute("http.request.resend_count", self._attempts - 1)
            if error is not None:
                span.set_status(Status(StatusCode.ERROR, told_of(error, self._reporter.captures)))
        self._measure(at - self._began.at, {**place, **_model(told)}, failed)
        span.end(self._began.since(at))

    def _reasons(self, error: BaseException | None) -> list[str]:
        if self.finish_reason is not None:
            return [self.finish_reason]
        return [] if error is None else ["error"]  # a reason was to come, and came not

    @property
    def usage(self) -> Usage:
        """What is billed of it."""
        return billed(self._usage or Usage(source="missing"), self._native)

    def _counts(self) -> dict[str, Any]:
        if self._usage is None:
            return {}
        return usage_attributes(self._usage, self._native, self._reporter.former)

    def _measure(self, seconds: float, place: dict[str, Any], failed: dict[str, str]) -> None:
        instruments = self._reporter.instruments
        instruments.duration(seconds, place, failed)
        if self._context.streaming:
            instruments.stream(self._first, self._gaps, place)
        instruments.usage(self._usage or Usage(source="missing"), self._native, place)


def error_type(error: BaseException | None) -> str:
    """``error.type``: the class; what ended a call from outside is a cancellation."""
    if error is None or isinstance(error, (Exception, SystemExit, KeyboardInterrupt)):
        return type(error).__name__
    return "cancelled"


def told_of(error: BaseException, captures: bool) -> str:
    """What may be said of an error: its own text often quotes the prompt, or the answer."""
    kind = error_type(error)
    if captures:
        return str(getattr(error, "message", kind))
    status = getattr(error, "status_code", None)
    return f"{kind} ({status})" if isinstance(status, int) else kind


def _model(told: dict[str, Any]) -> dict[str, Any]:
    name = "gen_ai.response.model"
    return {name: told[name]} if name in told else {}


def _has_content(chunk: StreamChunk) -> bool:
    if chunk.delta or chunk.reasoning or chunk.refusal or chunk.tool_calls:
        return True
    return bool(chunk.server_tools or chunk.citations or chunk.files or chunk.logprobs)
