"""Times to the first text with and without a hedge, against the simulator over loopback.

Run it from the root of the project: ``python -m tests.benchmarks.hedging``. It writes the table of
``docs/guide/hedging.md`` and the plot beside it. The times that the simulated models take are
seeded: 3 % of the answers are slow by twenty times. What is measured is not.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import msgspec
from chimeric_hedge import Hedge

from chimeric import Chimeric, Context, Request, hookimpl

__all__ = ["Measured", "main", "measured"]

PAGE = Path("docs/guide/hedging.md")
PLOT = Path("docs/benchmarks/hedging")
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"

FIRST, SECOND = "openai:gpt-4o", "anthropic:claude-haiku-4-5"
COUNT, AT_A_TIME = 300, 24
MEDIAN, SPREAD = 4.0, 0.05
SLOW, FACTOR = 0.03, 20


class Measured(msgspec.Struct):
    """One way of asking: seconds to the first text of each request, and what was sent besides."""

    name: str
    seconds: list[float]
    extra: int

    @property
    def median(self) -> float:
        """Half of the requests took longer."""
        return statistics.median(self.seconds)

    def quantile(self, part: int) -> float:
        """So many of a hundred requests were faster."""
        return statistics.quantiles(self.seconds, n=100)[part - 1]

    @property
    def row(self) -> str:
        """Its line of the table."""
        cells = [
            self.name,
            *(f"{seconds:.2f} s" for seconds in (self.median, self.quantile(95))),
            f"{self.quantile(99):.2f} s",
            f"{self.quantile(99) / self.median:.2f}",
            f"{100 * self.extra / len(self.seconds):.1f} %",
        ]
        return f"| {' | '.join(cells)} |"


class Delays:
    """Middleware that tells the simulator how long to wait."""

    def __init__(self, second: float) -> None:
        self._delays = {"gpt-4o": delays(MEDIAN, 1), "claude-haiku-4-5": delays(second, 2)}

    @hookimpl
    def chimeric_prepare_request(self, request: Request, context: Context) -> Request:
        """Set the delay."""
        delay = self._delays[request.model.rpartition(":")[2]][context.user]
        return request.replace(extra_body={"sim": {"delay": delay}})


def delays(median: float, seed: int) -> list[float]:
    """Seconds that a model takes to its first text: the same at every run."""
    chance = random.Random(seed)
    fast = [median * chance.lognormvariate(0, SPREAD) for _ in range(COUNT)]
    return [seconds * FACTOR if chance.random() < SLOW else seconds for seconds in fast]


@contextlib.contextmanager
def simulator() -> Iterator[str]:
    """The simulator as a process of its own; where it listens."""
    command = [sys.executable, "-m", "chimeric_sim", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[2]
        finally:
            process.terminate()


async def measured(name: str, second: float | None, count: int = COUNT) -> Measured:
    """Ask so many times, some at a time, with a second model that takes so long or with none."""
    told = Measured(name, [], 0)
    with simulator() as url:
        settings = {"openai_base_url": url, "anthropic_base_url": url}
        keys = {"openai": "any", "anthropic": "any"}
        plugins = [Delays(second or 0.0)]
        async with Chimeric(**settings, api_keys=keys, plugins=plugins) as client:
            asking: Chimeric | Hedge = client
            if second is not None:
                asking = Hedge(client, {FIRST: [SECOND]}, initial=1.25 * MEDIAN, max_extra=0.07)
            numbers = iter(range(count))

            async def work() -> None:
                for number in numbers:
                    began = time.perf_counter()
                    stream = await asking.agenerate(
                        FIRST, "A story in 3 words", stream=True, user_context=number
                    )
                    async with stream:
                        async for chunk in stream:
                            if chunk.delta:
                                break
                        told.seconds.append(time.perf_counter() - began)
                        report = chunk.metadata.get("hedge", {})
                        told.extra += len(report.get("asked", ())) > 1

            async with anyio.create_task_group() as tasks:
                for _ in range(AT_A_TIME):
                    tasks.start_soon(work)
    return told


def draw(all_of_them: list[Measured]) -> None:
    """Which part of the requests took longer than so many seconds."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .plots import COLOURS, GREY

    mpl.rcParams["svg.hashsalt"] = "hedging"
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.add_subplot()
    colours = [COLOURS["other"], COLOURS["floor"], COLOURS["chimeric"]]
    for told, colour in zip(all_of_them, colours, strict=True):
        seconds = sorted(told.seconds)
        parts = [100 * (1 - place / len(seconds)) for place in range(len(seconds))]
        axes.step(seconds, parts, label=told.name, color=colour)
    axes.axhline(1, color=GREY, linewidth=0.6, linestyle=":")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("seconds to the first text (logarithmic scale)", color=GREY)
    axes.set_ylabel("% of requests that took longer", color=GREY)
    axes.tick_params(colors=GREY, which="both")
    axes.legend(labelcolor=GREY, framealpha=0)
    for side, spine in axes.spines.items():
        spine.set_color(GREY)
        spine.set_visible(side in ("left", "bottom"))
    figure.savefig(PLOT.with_suffix(".svg"), transparent=True, metadata={"Date": None})
    figure.savefig(PLOT.with_suffix(".png"), transparent=True, dpi=110)


def table(all_of_them: list[Measured]) -> str:
    """What was measured, for the page."""
    head = "| | median | p95 | p99 | p99 / median | extra requests |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(told.row for told in all_of_them)])


def main() -> None:
    """Measure, draw, and write the page."""
    ways = {
        "no hedge": None,
        "hedged by an equal model": MEDIAN,
        "hedged by a model that takes 0.15 of the time": 0.15 * MEDIAN,
    }
    all_of_them = [anyio.run(measured, name, second) for name, second in ways.items()]
    text = table(all_of_them)
    print(text)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    draw(all_of_them)


if __name__ == "__main__":
    main()
