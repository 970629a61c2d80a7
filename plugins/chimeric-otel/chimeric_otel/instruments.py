"""The metrics: what is measured of turns, tools and whole tool loops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.metrics import Counter, Histogram, Meter

from chimeric import Usage

from .conventions import AGENT_SECONDS, SECONDS, TOKENS
from .usage import billed, by_modality

__all__ = ["Instruments"]

COUNTERS = {
    "input_tokens": "The number of input (prompt) tokens used, including cached tokens.",
    "output_tokens": "The number of output (completion) tokens used, including reasoning tokens.",
    "cache_read.input_tokens": "The number of input tokens served from a provider-managed cache.",
    "cache_write.input_tokens": "The number of input tokens written to a provider-managed cache.",
    "reasoning.output_tokens": "The number of output tokens used for reasoning.",
}


class Instruments:
    """The instruments of one meter.

    Args:
        meter: where they are made.
        former: whether those that v0.1.0 renamed are there under their former names, too.
    """

    def __init__(self, meter: Meter, *, former: bool) -> None:
        names = ["gen_ai.client.inference", *(["gen_ai.client.operation"] if former else [])]
        self._durations = _seconds(meter, names, "duration", "GenAI operation duration.")
        self._first = _seconds(
            meter, names, "time_to_first_chunk", "Time to receive the first chunk."
        )
        self._chunks = _seconds(
            meter, names, "time_per_output_chunk", "Time per output chunk after the first one."
        )
        self._counters = {
            name: meter.create_counter(
                f"gen_ai.client.inference.usage.{name}", unit="{token}", description=text
            )
            for name, text in COUNTERS.items()
        }
        self._tokens = {
            direction: _tokens(
                meter,
                f"gen_ai.client.inference.operation.{direction}_tokens",
                f"Number of {direction} tokens of an operation.",
            )
            for direction in ("input", "output")
        }
        self._former = (
            _tokens(meter, "gen_ai.client.token.usage", "Number of input and output tokens used.")
            if former
            else None
        )
        self._tools = _seconds(
            meter, ["gen_ai.execute_tool"], "duration", "The duration of a single tool execution."
        )
        self._agents = _seconds(
            meter,
            ["gen_ai.invoke_agent"],
            "duration",
            "The duration of a single agent invocation.",
            AGENT_SECONDS,
        )

    def duration(self, seconds: float, place: dict[str, Any], error: dict[str, str]) -> None:
        """A turn has ended; ``error`` is its ``error.type``, or empty."""
        _record(self._durations, seconds, {**place, **error})

    def stream(self, first: float | None, gaps: Iterable[float], place: dict[str, Any]) -> None:
        """Seconds to the first chunk of a stream, and from each chunk to the next."""
        if first is not None:
            _record(self._first, first, place)
        for gap in gaps:
            _record(self._chunks, gap, place)

    def usage(self, usage: Usage, native: object, place: dict[str, Any]) -> None:
        """The tokens of a turn; one without counts adds 0, so that it is seen."""
        usage = billed(usage, native)
        for direction, count in (
            ("input", usage.prompt_tokens),
            ("output", usage.completion_tokens),
        ):
            for modality, part in by_modality(count or 0, native, direction).items():
                self._add(f"{direction}_tokens", part, place, modality)
            if count is not None:
                self._tokens[direction].record(count, place)
                if self._former is not None:
                    self._former.record(count, {**place, "gen_ai.token.type": direction})
        for name, count in (
            ("cache_read.input_tokens", usage.cached_tokens),
            ("cache_write.input_tokens", usage.cache_write_tokens),
            ("reasoning.output_tokens", usage.reasoning_tokens),
        ):
            if count:
                self._add(name, count, place, "unknown")

    def tool(self, name: str, seconds: float, error: dict[str, str]) -> None:
        """A tool has ended."""
        told = {"gen_ai.tool.name": name, "gen_ai.tool.type": "function", **error}
        _record(self._tools, seconds, told)

    def agent(self, model: str, seconds: float, error: dict[str, str]) -> None:
        """A call with a tool loop has ended."""
        _record(self._agents, seconds, {"gen_ai.request.model": model, **error})

    def _add(self, name: str, count: int, place: dict[str, Any], modality: str) -> None:
        counter: Counter = self._counters[name]
        counter.add(count, {**place, "gen_ai.token.modality": modality})


def _seconds(
    meter: Meter,
    names: Iterable[str],
    what: str,
    text: str,
    bounds: tuple[float, ...] = SECONDS,
) -> list[Histogram]:
    return [
        meter.create_histogram(
            f"{name}.{what}",
            unit="s",
            description=text,
            explicit_bucket_boundaries_advisory=bounds,
        )
        for name in names
    ]


def _tokens(meter: Meter, name: str, text: str) -> Histogram:
    return meter.create_histogram(
        name, unit="{token}", description=text, explicit_bucket_boundaries_advisory=TOKENS
    )


def _record(histograms: list[Histogram], value: float, attributes: dict[str, Any]) -> None:
    for histogram in histograms:
        histogram.record(value, attributes)
