"""One prompt through every installed provider's own protocol."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chimeric import Chimeric, ChimericError

from .display import Display

if TYPE_CHECKING:
    from chimeric import StreamChunk

__all__ = ["PROMPT", "TOUR", "Run", "Stop", "stream_all_stops", "summary"]

PROMPT = "Tell me a story about a lighthouse keeper, in 36 words."


@dataclass(frozen=True)
class Stop:
    """A stop of the tour: a provider, one of its protocols, and a model."""

    provider: str
    protocol: str
    model: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])


TOUR = (
    Stop("openai", "Responses", "gpt-5.4-mini"),
    Stop("openai", "Chat Completions", "gpt-4o", {"api": "chat_completions"}),
    Stop("anthropic", "Messages", "claude-sonnet-4-5"),
    Stop("google", "generateContent", "gemini-2.5-flash"),
    Stop("google", "Interactions", "gemini-3.8-flash", {"api": "interactions"}),
    Stop("cohere", "Chat v2", "command-a-03-2025"),
    Stop("groq", "Chat Completions", "llama-3.3-70b-versatile"),
    Stop("cerebras", "Chat Completions", "llama3.1-8b"),
    Stop("grok", "Responses", "grok-4.3"),
    Stop("mistral", "Chat Completions", "mistral-small-latest"),
    Stop("deepseek", "Chat Completions", "deepseek-chat"),
    Stop("openrouter", "Chat Completions", "openai/gpt-4o-mini"),
    Stop("ollama", "native chat", "llama3.2"),
    Stop("bedrock", "Converse", "amazon.nova-micro-v1:0"),
    Stop("compatible", "Chat Completions", "gpt-oss-120b"),
)


@dataclass
class Run:
    """What was measured of one stream.

    Attributes:
        stop: whom it came from.
        seed: seed of the answer: each has its own text.
        chunks: chunks that arrived.
        tokens: output tokens, as the provider's protocol reported them.
        finish: the unified finish reason.
        first: seconds until the first text.
        text: all text.
        error: why it failed, or None.
    """

    stop: Stop
    seed: int = 0
    chunks: int = 0
    tokens: int | None = None
    finish: str | None = None
    first: float | None = None
    text: str = ""
    error: str | None = None

    def note(self, chunk: StreamChunk, elapsed: float) -> None:
        """Count a chunk that arrived ``elapsed`` seconds after the call."""
        self.chunks += 1
        if chunk.delta:
            self.text += chunk.delta
            if self.first is None:
                self.first = elapsed
        if chunk.usage:
            self.tokens = chunk.usage.completion_tokens
        self.finish = chunk.finish_reason or self.finish

    def arguments(self) -> dict[str, Any]:
        """What ``generate`` is called with."""
        return {
            "model": self.stop.model,
            "messages": PROMPT,
            "stream": True,
            "provider": self.stop.provider,
            "extra_headers": {"x-sim-seed": str(self.seed)},
            **self.stop.options,
        }


def stream_all_stops(client: Chimeric, stops: list[Stop], url: str, display: Display) -> list[Run]:
    """Show the answer of each."""
    display.title(f"{len(stops)} wire protocols, one loop, no key")
    display.text(
        f"The simulator at {url} speaks each provider's own protocol. "
        "Every provider plugin is asked the same:"
    )
    display.quote(PROMPT)
    runs = [Run(stop, seed) for seed, stop in enumerate(stops, 1)]
    for run in runs:
        # A first call imports what its protocol needs; that is no time of the stream. What fails
        # here fails again, and is shown, below.
        with suppress(ChimericError):
            client.generate(**run.arguments(), max_tokens=16).collect()
    for run in runs:
        _stream(client, run, display)
    return runs


def _stream(client: Chimeric, run: Run, display: Display) -> None:
    display.heading(run.stop.provider, f"{run.stop.protocol}, {run.stop.model}")
    began = time.perf_counter()
    try:
        for chunk in client.generate(**run.arguments()):
            run.note(chunk, time.perf_counter() - began)
            display.token(chunk.delta or "")
    except ChimericError as error:
        run.error = f"{type(error).__name__}: {error}"
        display.problem(run.error)
    display.end_of_tokens()


def summary(runs: list[Run], display: Display) -> None:
    """What was measured."""
    display.line()
    display.table(
        ("provider", "API", "chunks", "tokens", "finish", "first"),
        [_row(run) for run in runs],
    )
    display.text(
        "tokens, finish: as the provider's protocol reported them. first: time to the first text."
    )


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.stop.provider,
        run.stop.protocol,
        str(run.chunks),
        "-" if run.tokens is None else str(run.tokens),
        "error" if run.error else run.finish or "-",
        "-" if run.first is None else f"{run.first * 1e3:.0f}ms",
    )
