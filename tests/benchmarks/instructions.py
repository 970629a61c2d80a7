"""Counts the bytecode instructions of one event: a figure that no busy machine changes.

Run it from the root of the project: ``python -m tests.benchmarks.instructions``. What it counts
depends on the version of Python.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Protocol

from chimeric import Chimeric, Started, WireRequest, hookimpl

from .wire import answer

__all__ = ["CASES", "NOISE", "Asks", "difference", "instructions_per_event", "reader"]

COUNTS = (200, 600)
"""Events of the two streams whose difference is counted: what is done once cancels out."""

RUNS = 3
"""Each stream is counted so often, and the least is taken: what the process still had to do for
others, such as clearing away what an earlier test left, is no part of an event."""

NOISE = 0.5
"""Instructions of an event: what a timer does once in a stream of hundreds is no part of it."""


class _Answer:
    """An answer that is in memory: ``pieces`` are the reads."""

    status = 200
    headers: Mapping[str, str] = {"content-type": "text/event-stream"}

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self) -> bytes:
        return next(self._pieces, b"")

    def close(self) -> None: ...

    def abort(self) -> None: ...


class _Memory:
    """A plugin, and the transport that it brings: it answers from memory."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    @hookimpl
    def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
        return self

    def open(self, request: WireRequest, started: Started) -> _Answer:
        return _Answer(self._pieces)

    def close(self) -> None: ...


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("openai", {"api": "chat_completions"}),
    "responses": ("openai", {"api": "responses"}),
    "anthropic": ("anthropic", {}),
    "gemini": ("google", {}),
    "cohere": ("cohere", {}),
    "tools": ("openai", {"api": "chat_completions"}),
}
"""By protocol: the provider and its options."""


def instructions_per_event(protocol: str, *, burst: bool, plugins: Sequence[object] = ()) -> float:
    """Instructions that run for one text event, in all Python code.

    Args:
        protocol: a key of ``CASES``.
        burst: whether all events come in one read, or each in a read of its own.
        plugins: middleware of the client.
    """
    return difference(protocol, burst=burst, plugins=plugins)


class Asks(Protocol):
    """A client, or what makes its calls in its place."""

    def generate(self, *args: Any, **kwargs: Any) -> Any:
        """Make a call."""


def difference(protocol: str, *, burst: bool, **settings: Any) -> float:
    """Instructions of one text event; the settings are those of ``reader``."""
    counts: list[int] = []
    for count in COUNTS:
        with reader(protocol, count, burst=burst, **settings) as read:
            counts.append(_least(read))
    return (counts[1] - counts[0]) / (COUNTS[1] - COUNTS[0])


@contextmanager
def reader(
    protocol: str,
    count: int,
    *,
    burst: bool,
    plugins: Sequence[object] = (),
    installed: Sequence[str] | None = None,
    asks: Callable[[Chimeric], Asks] = lambda client: client,
) -> Iterator[Callable[[], None]]:
    """What reads an answer of so many events out of memory to its end.

    Args:
        protocol: a key of ``CASES``.
        count: events of the answer.
        burst: whether all events come in one read, or each in a read of its own.
        plugins: middleware of the client.
        installed: which installed plugins are there besides the provider's; None for all.
        asks: what makes the calls of the client.
    """
    provider, options = CASES[protocol]
    pieces = answer(protocol, count)
    memory = _Memory([b"".join(pieces)] if burst else pieces)
    there: Any = {} if installed is None else {"only_plugins": [provider, *installed]}
    ask: Any = {"model": "m", "messages": "hi", "provider": provider, "stream": True, **options}
    with Chimeric(api_keys={provider: "k"}, plugins=[*plugins, memory], **there) as client:
        caller = asks(client)

        def read() -> None:
            for _ in caller.generate(**ask):
                pass

        read()  # what is made once is made
        yield read


def _least(run: Callable[[], None]) -> int:
    return min(_count(run) for _ in range(RUNS))


def _count(run: Callable[[], None]) -> int:
    counted = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal counted
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            counted += 1
        return trace

    before = sys.gettrace()
    gc.disable()  # others in the process may have callbacks of the collector, which are no part
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
        gc.enable()
    return counted


def main() -> None:
    """Print the table."""
    print(f"Python {sys.version.split()[0]}: instructions of one text event")
    print(f"{'protocol':<12} {'burst':>8} {'alone':>8}")
    for protocol in CASES:
        figures = [instructions_per_event(protocol, burst=burst) for burst in (True, False)]
        print(f"{protocol:<12} {figures[0]:>8.1f} {figures[1]:>8.1f}")


if __name__ == "__main__":
    main()
