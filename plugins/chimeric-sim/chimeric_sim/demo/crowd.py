"""Two hundred streams at once, in one thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import cycle, islice

from chimeric import Chimeric, ChimericError

from .display import Display
from .tour import Run

__all__ = ["crowd"]

STREAMS = 200


def crowd(client: Chimeric, runs: list[Run], display: Display) -> bool:
    """Ask them all again, asynchronously; whether each text is the one that was shown before."""
    display.title(f"{STREAMS} streams at once, in one thread")
    shown = list(islice(cycle(runs), STREAMS))
    again = asyncio.run(_stream_all(client, shown, display))
    different = [twin for run, twin in zip(shown, again, strict=True) if not _same(run, twin)]
    for twin in different[:3]:
        where = f"{twin.stop.provider} ({twin.stop.protocol}), asynchronously"
        display.problem(f"{where}: {twin.error or 'another text or end than synchronously'}")
    if not different:
        display.text("Each brought the same text as the stream that you have read.")
    return not different


async def _stream_all(client: Chimeric, shown: list[Run], display: Display) -> list[Run]:
    runs = [Run(run.stop, run.seed) for run in shown]

    def show() -> None:
        chunks = sum(run.chunks for run in runs)
        ended = sum(run.finish is not None for run in runs)
        display.progress(f"{chunks} chunks, {ended} of {len(runs)} streams ended")

    # The first of each provider imports what its protocol needs: that is not what is measured.
    providers = {run.stop.provider + run.stop.protocol: run for run in shown}
    await asyncio.gather(*(_astream(client, Run(r.stop, r.seed), None) for r in providers.values()))
    began, cpu = time.perf_counter(), time.thread_time()
    await asyncio.gather(*(_astream(client, run, show) for run in runs))
    took, spent = time.perf_counter() - began, time.thread_time() - cpu
    await client.aclose()
    show()
    display.end_of_progress()
    chunks = sum(run.chunks for run in runs)
    display.text(
        f"{chunks} chunks of {len(runs)} streams in {took:.1f} s; this process spent "
        f"{spent / max(1, chunks) * 1e6:.0f} microseconds of CPU on each, connections and requests "
        "included."
    )
    return runs


async def _astream(client: Chimeric, run: Run, show: Callable[[], None] | None) -> None:
    began = time.perf_counter()
    try:
        async for chunk in await client.agenerate(**run.arguments()):
            run.note(chunk, time.perf_counter() - began)
        if show:
            show()
    except ChimericError as error:
        run.error = f"{type(error).__name__}: {error}"


def _same(run: Run, again: Run) -> bool:
    """Whether both streams ended well, with the same text."""
    ended = run.finish == again.finish == "stop" and not run.error and not again.error
    return ended and run.text == again.text and bool(run.text)
