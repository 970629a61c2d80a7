"""Draws what a batch costs: ``python -m tests.benchmarks.scale FIGURES``.

FIGURES is what ``python -m tests.benchmarks.batch`` printed. The picture is
docs/benchmarks/scale.svg: rows for each second of processor time, and memory as the rows go by.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Figures", "draw", "read"]

PLOT = Path(__file__).parents[2] / "docs" / "benchmarks" / "scale"
"""Without its suffix: SVG and PNG."""

ROW = re.compile(r"\| ([^|]+) \| (\d+) \| [\d.]+ \| \d+ \| ([\d., ]+) \|")


class Figures(NamedTuple):
    """Of one way: rows a processor second, and MiB at three points."""

    rate: float
    memory: list[float]


def read(table: str) -> dict[str, Figures]:
    """The figures of a table."""
    return {
        way: Figures(float(rate), [float(each) for each in memory.split(",")])
        for way, rate, memory in ROW.findall(table)
    }


def draw(place: Path, figures: dict[str, Figures]) -> None:
    """Two panels, one below the other."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from .plots import keep

    mpl.rcParams["svg.hashsalt"] = "scale"
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    upper, lower = figure.subplots(2, 1)
    _rates(upper, figures)
    _memory(lower, figures)
    keep(figure, place)


def _rates(axes: Axes, figures: dict[str, Figures]) -> None:
    from .plots import COLOURS, GREY

    names = sorted(figures, key=lambda name: figures[name].rate)
    rates = [figures[name].rate for name in names]
    colours = [COLOURS["floor" if name == "by hand" else "chimeric"] for name in names]
    bars = axes.barh(names, rates, color=colours)
    axes.bar_label(bars, [f"{rate:.0f}" for rate in rates], padding=4, color=GREY)
    axes.set_xlim(right=max(rates) * 1.15)
    axes.set_title("Rows for each second of processor time (more is better)", color=GREY)


def _memory(axes: Axes, figures: dict[str, Figures]) -> None:
    from .plots import GREY

    for name, found in figures.items():
        axes.plot([10, 50, 100], found.memory, marker="o", label=name)
    axes.set_ylim(0, 1.3 * max(max(found.memory) for found in figures.values()))
    axes.set_title("MiB that are resident as the rows go by", color=GREY)
    axes.set_xlabel("% of the rows", color=GREY)
    axes.legend(labelcolor=GREY, framealpha=0, fontsize=8)


if __name__ == "__main__":
    draw(PLOT, read(Path(sys.argv[1]).read_text(encoding="utf-8")))
