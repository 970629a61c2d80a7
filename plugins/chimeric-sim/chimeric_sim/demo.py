"""``python -m chimeric_sim.demo``: one prompt through every installed provider's own protocol.

Each provider plugin talks to the simulator on this machine as it would talk to its real service:
the same requests, the same events, the same parser. No key and no internet are needed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chimeric import Chimeric, ChimericError

from .display import Display
from .simulator import Simulator

if TYPE_CHECKING:
    from chimeric import StreamChunk

__all__ = ["main"]

PROMPT = "Tell me a story about a lighthouse keeper, in 36 words."
RATE = 60.0
"""Tokens per second of each answer."""

BURST_PROMPT = "Tell me a story about a lighthouse keeper, in 1500 words."
"""Answered as fast as it is read, to measure what a chunk costs."""


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
        chunks: chunks that arrived.
        tokens: output tokens, as the provider's protocol reported them.
        finish: the unified finish reason.
        first: seconds until the first text.
        cpu: seconds of CPU for each chunk of a burst.
        text: all text.
        error: why it failed, or None.
    """

    stop: Stop
    chunks: int = 0
    tokens: int | None = None
    finish: str | None = None
    first: float | None = None
    cpu: float | None = None
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


def main() -> int:
    """Run the demo; the exit code tells whether every stream ended as it should."""
    # The simulator is on this machine: a proxy of the environment is none of its business.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    display = Display()
    try:
        with Simulator(rate=RATE, keep=0) as simulator, _client(simulator) as client:
            return _tour(client, simulator, display)
    except KeyboardInterrupt:
        display.line()
        return 130
    except BrokenPipeError:
        # The reader has gone; give the interpreter a standard output that it can flush.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _client(simulator: Simulator) -> Chimeric:
    providers = {stop.provider for stop in TOUR}
    return Chimeric(
        base_urls={name: simulator.base_url(name) for name in _installed(providers)},
        api_keys=dict.fromkeys(_installed(providers), "demo"),
        timeout=30,
        max_retries=0,
    )


def _installed(providers: set[str]) -> set[str]:
    with Chimeric() as client:
        return providers & set(client.available_providers)


def _tour(client: Chimeric, simulator: Simulator, display: Display) -> int:
    installed = set(client.available_providers)
    stops = [stop for stop in TOUR if stop.provider in installed]
    if not stops:
        display.line("No provider is installed that the demo knows. Try: pip install")
        display.line("chimeric-openai chimeric-anthropic")
        return 1
    display.title(f"{len(stops)} wire protocols, one loop, no key")
    display.text(
        f"The simulator at {simulator.url} speaks each provider's own protocol. "
        "Every provider plugin is asked the same:"
    )
    display.quote(PROMPT)
    runs = [Run(stop) for stop in stops]
    _measure(runs)
    for run in runs:
        _stream(client, run, display)
    display.title("The same, asynchronously and all at once")
    again = asyncio.run(_stream_all(client, stops, display))
    _summary(runs, display)
    _compare(runs, again, display)
    missing = sorted({stop.provider for stop in TOUR} - installed)
    if missing:
        display.text("Not installed: " + ", ".join(f"chimeric-{name}" for name in missing))
    return 0 if all(_same(a, b) for a, b in zip(runs, again, strict=True)) else 1


# --- sync ----------------------------------------------------------------------------------------


def _stream(client: Chimeric, run: Run, display: Display) -> None:
    stop = run.stop
    display.heading(stop.provider, f"{stop.protocol}, {stop.model}")
    began = time.perf_counter()
    try:
        stream = client.generate(
            stop.model, PROMPT, stream=True, provider=stop.provider, **stop.options
        )
        for chunk in stream:
            run.note(chunk, time.perf_counter() - began)
            display.token(chunk.delta or "")
    except ChimericError as error:
        run.error = f"{type(error).__name__}: {error}"
        display.problem(run.error)
    display.end_of_tokens()


def _measure(runs: list[Run]) -> None:
    """CPU for each chunk, by a burst; it also imports what a first call imports."""
    with Simulator(keep=0) as simulator, _client(simulator) as client:
        for run in runs:
            stop = run.stop
            # What fails here fails again, and is reported, in the stream that is shown.
            with suppress(ChimericError):
                stream = client.generate(
                    stop.model, BURST_PROMPT, stream=True, provider=stop.provider, **stop.options
                )
                before = time.thread_time()
                chunks = sum(1 for _ in stream)
                run.cpu = (time.thread_time() - before) / chunks


# --- async ---------------------------------------------------------------------------------------


async def _stream_all(client: Chimeric, stops: list[Stop], display: Display) -> list[Run]:
    runs = [Run(stop) for stop in stops]

    def show() -> None:
        display.progress(f"{sum(run.chunks for run in runs)} chunks of {len(runs)} streams")

    began = time.perf_counter()
    await asyncio.gather(*(_astream(client, run, show) for run in runs))
    took = time.perf_counter() - began
    await client.aclose()
    display.end_of_progress()
    chunks = sum(run.chunks for run in runs)
    display.text(f"{chunks} chunks of {len(runs)} streams in {took:.1f} s, in one thread.")
    return runs


async def _astream(client: Chimeric, run: Run, show: Callable[[], None]) -> None:
    began = time.perf_counter()
    stop = run.stop
    try:
        stream = await client.agenerate(
            stop.model, PROMPT, stream=True, provider=stop.provider, **stop.options
        )
        async for chunk in stream:
            run.note(chunk, time.perf_counter() - began)
            show()
    except ChimericError as error:
        run.error = f"{type(error).__name__}: {error}"


# --- what came of it -----------------------------------------------------------------------------


def _same(run: Run, again: Run) -> bool:
    """Whether both streams ended well, with the same text."""
    ended = run.finish == again.finish == "stop" and not run.error and not again.error
    return ended and run.text == again.text and bool(run.text)


def _summary(runs: list[Run], display: Display) -> None:
    display.line()
    display.table(
        ("provider", "API", "chunks", "tokens", "finish", "first", "CPU"),
        [_row(run) for run in runs],
    )
    display.text(
        "first: time to the first text. CPU: what this process spends on each chunk, from the "
        "socket on, measured in a burst of 1500 words."
    )


def _row(run: Run) -> tuple[str, ...]:
    return (
        run.stop.provider,
        run.stop.protocol,
        str(run.chunks),
        "-" if run.tokens is None else str(run.tokens),
        "error" if run.error else run.finish or "-",
        "-" if run.first is None else f"{run.first * 1e3:.0f}ms",
        "-" if run.cpu is None else f"{run.cpu * 1e6:.1f}us",
    )


def _compare(runs: list[Run], again: list[Run], display: Display) -> None:
    different = [twin for run, twin in zip(runs, again, strict=True) if not _same(run, twin)]
    if not different:
        display.text("Each asynchronous stream brought the same text as its synchronous twin.")
    for twin in different:
        where = f"{twin.stop.provider} ({twin.stop.protocol}), asynchronously"
        display.problem(f"{where}: {twin.error or 'another text or end than synchronously'}")


if __name__ == "__main__":
    raise SystemExit(main())
